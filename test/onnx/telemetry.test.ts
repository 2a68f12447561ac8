import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { towerFolder } from '../tower/reference.js';

// Note [Telemetry of ONNX Runtime] in lib/onnx/telemetry.ts.

const tower = new URL('../../dist/tower/index.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const encode = `
const { AudioTower } = await import('${tower}');
const tower = await AudioTower.load(${JSON.stringify(towerFolder('qwen2-audio'))}, { provider: 'cpu' });
await tower.embed({ data: new Float32Array(16_000), sampleRate: 16_000 });
await tower.close();
`;
const inWorker = `
import { Worker } from 'node:worker_threads';
new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(encode)})));
`;

const strace = spawnSync('strace', ['-qq', 'true'], { encoding: 'utf8' });
const why = strace.error ? 'strace is not installed (tools/setup.sh --tests does it)' : strace.stderr;
const traceable = strace.status === 0;
if (!traceable) process.stderr.write(`telemetry.test.ts: system calls are not looked at: ${why}\n`);

/** Runs a script as one with a home and a temporary folder of its own, and lists what it leaves there. */
function run(name: string, script: string, command: readonly string[]): string[] {
  const [home, temporary] = [join(folder, name, 'home'), join(folder, name, 'tmp')];
  for (const each of [home, temporary]) mkdirSync(each, { recursive: true });
  const file = join(folder, name, 'script.mjs');
  writeFileSync(file, script);
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...rest } = process.env;
  const env = { ...rest, HOME: home, TMPDIR: temporary };
  const [program = '', ...args] = [...command, process.execPath, file];
  const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return [home, temporary].flatMap((each) => readdirSync(each, { recursive: true }) as string[]);
}

test.each([
  ['the main thread', encode],
  ['a worker', inWorker],
])('a tower in %s leaves no file behind', (name, script) => {
  expect(run(`files ${name}`, script, [])).toEqual([]);
});

test.skipIf(!traceable)('a tower opens no connection, looks no name up and writes no file', () => {
  const trace = join(folder, 'trace');
  run('traced', encode, ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=%network,%file,%desc']);
  const calls = readFileSync(trace, 'utf8').split('\n');
  expect(calls.filter((call) => /libonnxruntime\.so/.test(call))).not.toEqual([]);
  expect(calls.filter((call) => /AF_INET|resolv\.conf|nsswitch\.conf|\/etc\/hosts/.test(call))).toEqual([]);
  expect(calls.filter((call) => /\b(mkdir|mkdirat|creat|rename\w*)\(|O_CREAT/.test(call))).toEqual([]);
});

test('whoever wants it has the last word', () => {
  const script = `
    import { spawnSync } from 'node:child_process';
    await import('${tower}');
    process.stdout.write(spawnSync('printenv', ['ORT_DISABLE_TELEMETRY'], { encoding: 'utf8' }).stdout);
  `;
  const told = (value?: string): string => {
    const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
    const args = ['--input-type=module', '--eval', script];
    const chosen = value === undefined ? env : { ...env, ORT_DISABLE_TELEMETRY: value };
    return spawnSync(process.execPath, args, { encoding: 'utf8', env: chosen }).stdout.trim();
  };
  expect(told()).toBe('1');
  expect(told('0')).toBe('0');
});
