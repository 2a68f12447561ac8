import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { slowness } from '../safe/outcome.js';
import { tone } from './guard_server.js';

/**
 * The guard as a service has it: names are looked up by the system (getaddrinfo, /etc/hosts, /etc/resolv.conf), and
 * public addresses are public ones. For that a child has a network of its own, in which they are its own addresses.
 */

const public4 = '93.184.215.14';
const public6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';
const trapped = ['127.0.0.1', '::1', '10.0.0.1'];

interface Outcome {
  readonly url: string;
  readonly frames?: number;
  readonly label?: string;
  readonly message?: string;
  readonly queries: readonly string[];
  readonly requests: number;
}

/** Runs a command as root of namespaces of its own. */
function apart(script: string, args: readonly string[] = []): string {
  return execFileSync('unshare', ['-rmn', 'sh', '-ec', script, 'sh', ...args], {
    encoding: 'utf8',
    timeout: 30_000 * slowness,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const network = `
ip link set lo up
ip address add ${public4}/32 dev lo
ip address add 10.0.0.1/32 dev lo
ip -6 address add ${public6}/128 dev lo nodad
`;

/** Why it cannot be done here, if so. */
function obstacle(): string | undefined {
  try {
    apart(`${network} mount --bind /etc/hosts /etc/resolv.conf`);
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr || message).trim();
  }
}

function run(): { outcomes: Outcome[]; connections: number } {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  try {
    const files = {
      resolv: 'nameserver 127.0.0.1\nsearch zone.test\noptions timeout:2 attempts:1\n',
      hosts: '127.0.0.1 from-hosts\n',
      nsswitch: 'hosts: files dns\n',
      sound: tone,
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const mounts = ['resolv.conf', 'hosts', 'nsswitch.conf'].map(
      (name) => `mount --bind "$1/${name.replace('.conf', '')}" "$(realpath /etc/${name})"`,
    );
    const child = fileURLToPath(new URL('guard_system_child.mjs', import.meta.url));
    const script = `${network}${mounts.join('\n')}\nshift\nexec "$@"`;
    const args = [folder, process.execPath, child, join(folder, 'sound'), public4, public6, ...trapped];
    return JSON.parse(apart(script, args));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const problem = obstacle();
if (problem) console.warn(`Not tested: the guard with the resolver of the system, which needs namespaces: ${problem}`);

describe.skipIf(problem !== undefined)('by the resolver of the system', () => {
  let outcomes: Outcome[];
  let connections: number;
  beforeAll(() => {
    ({ outcomes, connections } = run());
  });
  const of = (url: string): Outcome[] => outcomes.filter((outcome) => outcome.url === url);
  const refused = { code: 'ERR_FETCH_REFUSED', fault: 'client', retryable: false };

  test('public names and addresses are fetched, with one look-up', () => {
    const [byName] = of('http://public.test/?secret');
    expect(byName).toMatchObject({ frames: 1600, requests: 1 });
    expect(byName?.queries.toSorted()).toEqual(['A public.test', 'AAAA public.test']);
    expect(of(`http://[${public6}]/`)).toMatchObject([{ frames: 1600, requests: 1, queries: [] }]);
  });

  test.each(['first', 'last', 'bad6', 'bad4', 'mapped', 'compatible', 'nat64', 'loopback', 'alias'])(
    '%s.test, among whose addresses is a private one, is refused',
    (name) => {
      const [outcome] = of(`http://${name}.test/?secret`);
      expect(outcome).toMatchObject({ ...refused, reason: 'address', label: `http://${name}.test/`, requests: 0 });
      expect(outcome?.message).not.toMatch(/secret/);
      expect(outcome?.queries.toSorted()).toEqual([`A ${name}.test`, `AAAA ${name}.test`]);
    },
  );

  test('names that the system completes, or finds in /etc/hosts, are judged by where they lead', () => {
    expect(of('http://short/')).toMatchObject([{ ...refused, reason: 'address', requests: 0 }]);
    expect(of('http://short/')[0]?.queries).toContain('A short.zone.test');
    expect(of('http://from-hosts/')).toMatchObject([{ ...refused, reason: 'address', requests: 0, queries: [] }]);
  });

  test('a name for private use is not looked up', () => {
    expect(of('http://db.internal/')).toMatchObject([{ ...refused, reason: 'host', requests: 0, queries: [] }]);
  });

  test('a name that turns to a private address gains nothing', () => {
    const queries = expect.arrayContaining(['A turning.test', 'AAAA turning.test']);
    expect(of('http://turning.test/')).toMatchObject([
      { frames: 1600, requests: 1, queries },
      { ...refused, reason: 'address', requests: 0, queries },
    ]);
    // Nor was it looked up again between the judgement and the connection.
    for (const outcome of of('http://turning.test/')) expect(outcome.queries.length).toBe(2);
  });

  test('names that lead nowhere are failures of the look-up', () => {
    const failed = { code: 'ERR_FETCH_FAILED', reason: 'dns' };
    expect(of('http://nowhere.test/')).toMatchObject([{ ...failed, fault: 'client', retryable: false }]);
    expect(of('http://broken.test/')).toMatchObject([{ ...failed, fault: 'server', retryable: true }]);
  });

  test('redirects of a public site to private places are refused', () => {
    const hops = outcomes.filter(({ url }) => url.includes('/to/'));
    const reasons = ['address', 'host', 'host', 'host', 'address', 'address'];
    expect(hops).toMatchObject(reasons.map((reason) => ({ ...refused, reason, requests: 1 })));
  });

  test('nothing was connected to but public addresses', () => {
    expect(outcomes.length).toBe(24);
    expect(connections).toBe(0);
  });
});
