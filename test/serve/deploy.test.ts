// The files of deploy/: what the image installs, and nginx as it is configured there, before real services.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { program, start } from '../cli/command.js';
import { freePort } from '../free_port.js';
import { slowness } from '../safe/outcome.js';
import { towerFolder } from '../tower/reference.js';
import { errorOf, form, post } from './service.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the image installs the packages of a service, in the versions that this one takes', () => {
  const { version, peerDependencies } = JSON.parse(read('package.json'));
  const { dependencies } = JSON.parse(read('deploy/package.json'));
  const { cochlea, ...others } = dependencies;
  expect(cochlea).toBe(`^${version}`);
  const [, line = ''] = /npm install (.+)';/.exec(read('lib/serve/peers.ts')) ?? [];
  const named = line.split(' ').map((each) => each.replace(/@[^@]+$/, ''));
  const wanted = [...named, 'onnxruntime-node'].toSorted();
  expect(Object.keys(others).toSorted()).toEqual(wanted);
  expect(others).toEqual(Object.fromEntries(wanted.map((name) => [name, peerDependencies[name]])));
});

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx) console.log('skipped: nginx is not installed');

describe.skipIf(!hasNginx)('nginx.conf', { timeout: 60_000 * slowness }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-nginx-'));
  // Started by root, its workers have another user.
  chmodSync(folder, 0o711);
  let ports: number[];
  let url: string;
  let nginx: ChildProcess;

  beforeAll(async () => {
    const [port, ...others] = await Promise.all([freePort(), freePort(), freePort()]);
    ports = others;
    url = `http://127.0.0.1:${port}`;
    const conf = read('deploy/nginx.conf')
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('worker-1:8080', `127.0.0.1:${ports[0]}`)
      .replace('worker-2:8080', `127.0.0.1:${ports[1]}`)
      .replaceAll('/tmp/', `${folder}/`);
    expect(conf).not.toMatch(/worker-\d/);
    writeFileSync(join(folder, 'nginx.conf'), conf);
    const args = ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
    nginx = spawn('nginx', args, { stdio: 'ignore' });
    const listens = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    while (!(await listens())) await sleep(20);
  }, 60_000 * slowness);

  afterAll(async () => {
    nginx.kill();
    await once(nginx, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  /** A service at one of the two places. */
  async function service(place: number, ...args: string[]) {
    const { child, finished } = start(program, ['serve', '--port', `${ports[place]}`, ...args]);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await finished;
    });
    const ready = () =>
      fetch(`http://127.0.0.1:${ports[place]}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await ready())) await sleep(20);
    return child;
  }

  const decode = () => post(`${url}/v1/audio/decode`, form());

  /** Two requests whose bodies do not end: a service that takes one and lets one wait is full. */
  async function fill(port: number | undefined): Promise<Socket[]> {
    const head = 'POST /v1/audio/decode HTTP/1.1\r\nhost: localhost\r\ncontent-type: audio/mpeg\r\n';
    const sockets = [0, 1].map(() => connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) socket.write(`${head}content-length: 2000\r\n\r\n${'x'.repeat(1000)}`);
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    while (!(await metrics()).includes('cochlea_bodies_bytes 2000\n')) await sleep(20);
    return sockets;
  }

  test('both are full: 429 with Retry-After, and not 502; then they go on', async () => {
    const limits = ['--concurrency', '1', '--queue', '1'];
    await Promise.all([service(0, ...limits), service(1, ...limits)]);
    const sockets = (await Promise.all(ports.map(fill))).flat();
    for (let i = 0; i < 10; i++) {
      const refused = await decode();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await errorOf(refused)).toMatchObject({ code: 'ERR_BUSY' });
    }
    for (const socket of sockets) socket.destroy();
    const answered = async () => (await decode()).status === 200;
    while (!(await answered())) await sleep(20);
  });

  test('one is killed, and one is stopped, while requests come: all are answered', async () => {
    const first = await service(0);
    await service(1);
    const client = async (): Promise<number[]> => {
      const statuses: number[] = [];
      for (let i = 0; i < 20; i++) statuses.push((await decode()).status);
      return statuses;
    };
    const clients = Promise.all(Array.from({ length: 4 }, client));
    await sleep(100);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const again = await service(0);
    again.kill('SIGTERM');
    expect(new Set((await clients).flat())).toEqual(new Set([200]));
  });

  test('lines of embeddings pass, the id of a request passes, and the metrics do not', async () => {
    const tower = ['--tower', towerFolder('qwen2-audio')];
    await Promise.all([service(0, ...tower), service(1, ...tower)]);
    const headers = { accept: 'application/x-ndjson', 'x-request-id': 'mine' };
    const response = await post(`${url}/v1/audio/embeddings`, form(), headers);
    expect(response.headers.get('x-request-id')).toBe('mine');
    const lines = (await response.text()).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ summary: { items: 1, failed: 0 } });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});
