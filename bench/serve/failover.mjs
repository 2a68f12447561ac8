/** Two services behind nginx, with deploy/nginx.conf; one is stopped and one is killed while clients ask. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digits } from '../report/table.mjs';
import { closedLoop, counted } from './clients.mjs';
import { freePort, Service, TOWER } from './service.mjs';

const conf = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
const args = ['--tower', TOWER];

/** `undefined` where there is no nginx. */
export async function failover(clips, { seconds, progress }) {
  const nginx = await Nginx.start();
  if (!nginx) return;
  const services = await Promise.all(nginx.ports.map((port) => Service.start(args, port)));
  try {
    progress('serve: nginx, one is stopped, one is killed');
    const events = [];
    const load = closedLoop(nginx.url, clips, { connections: 16, seconds });
    await sleep((seconds * 1000) / 4);
    events.push('SIGTERM');
    await services[0].stop('SIGTERM');
    services[0] = await Service.start(args, nginx.ports[0]);
    await sleep((seconds * 1000) / 4);
    events.push('SIGKILL');
    await services[1].stop('SIGKILL');
    const { outcomes, seconds: elapsed } = await load;
    return { ...counted(outcomes), seconds: elapsed, events };
  } finally {
    await Promise.all([nginx.stop(), ...services.map((each) => each.stop())]);
  }
}

class Nginx {
  static async start() {
    try {
      execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    } catch {
      return;
    }
    const nginx = new Nginx();
    nginx.ports = [await freePort(), await freePort()];
    const port = await freePort();
    nginx.url = `http://127.0.0.1:${port}`;
    nginx.folder = mkdtempSync(join(tmpdir(), 'cochlea-nginx-'));
    // Started by root, its workers have another user.
    chmodSync(nginx.folder, 0o711);
    const text = conf
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('worker-1:8080', `127.0.0.1:${nginx.ports[0]}`)
      .replace('worker-2:8080', `127.0.0.1:${nginx.ports[1]}`)
      .replaceAll('/tmp/', `${nginx.folder}/`);
    const path = join(nginx.folder, 'nginx.conf');
    writeFileSync(path, text);
    const log = ['-e', join(nginx.folder, 'error.log')];
    nginx.child = spawn('nginx', [...log, '-c', path, '-g', 'daemon off;'], { stdio: 'ignore' });
    return nginx;
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function table({ good, busy, others, goodTimes, seconds }) {
  const lost = Object.entries(others).map(([status, count]) => `${count} × ${status}`);
  return {
    title: 'Two services behind nginx, one stopped and one killed',
    about:
      'deploy/nginx.conf as it is; 16 clients that never try again themselves. One service gets SIGTERM and is started anew, then the other one gets SIGKILL.',
    head: ['', 'answered/s', '200', '429', 'others', '200: ms'],
    rows: [
      [
        'nginx, two services',
        digits(good / seconds),
        `${good}`,
        `${busy}`,
        lost.join(', ') || '0',
        goodTimes.map(digits).join(' / '),
      ],
    ],
    notes: [],
  };
}
