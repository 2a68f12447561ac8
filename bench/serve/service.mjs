/** `cochlea serve` as users start it, in a process of its own, and what the kernel says of that process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
export const TOWER = fileURLToPath(new URL('../../test/fixtures/towers/qwen2-audio', import.meta.url));
/** The kernel's unit of CPU time; it is the same on every Linux. */
const TICKS = 100;

export class Service {
  /** @param {number} port @param {string[]} args @param {string[]} [command] */
  constructor(port, args, command = [program, 'serve', '--log-level', 'warn']) {
    this.url = `http://127.0.0.1:${port}`;
    const stdio = /** @type {const} */ (['ignore', 'ignore', 'ignore']);
    const all = [...command, '--port', `${port}`, ...args];
    this.child = spawn(process.execPath, all, { stdio });
    this.ended = once(this.child, 'exit');
  }

  /** @param {string[]} args @param {number} [port] @param {string[]} [command] */
  static async start(args, port, command) {
    const service = new Service(port ?? (await freePort()), args, command);
    await service.ready();
    return service;
  }

  async ready() {
    while (!(await isReady(this.url))) await sleep(2);
  }

  /** Seconds of CPU time so far. */
  get cpu() {
    const [, fields = ''] = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ');
    const [utime, stime] = fields.split(' ').slice(11, 13).map(Number);
    return (utime + stime) / TICKS;
  }

  /** MiB. */
  get resident() {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  }

  /** One value of /metrics. @param {string} line  what the line begins with */
  async metric(line) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = text.split('\n').find((each) => each.startsWith(line));
    return Number(found?.split(' ').at(-1));
  }

  /** @param {NodeJS.Signals} signal */
  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.ended;
  }
}

async function isReady(url) {
  try {
    const response = await fetch(`${url}/health/ready`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
