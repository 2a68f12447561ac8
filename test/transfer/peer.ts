import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A producer or a consumer in a process of its own, which answers each line of JSON with a line of JSON. */
export class Peer implements AsyncDisposable {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(script: string, setting: unknown) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = spawn(process.execPath, [path, JSON.stringify(setting)], { stdio: ['pipe', 'pipe', 'inherit'] });
    // Killed, it takes no more lines.
    this.process.stdin.on('error', () => {});
    this.#reader = createInterface({ input: this.process.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Waits until it is ready. */
  static async start(script: string, setting: unknown): Promise<Peer> {
    const peer = new Peer(script, setting);
    await peer.line();
    return peer;
  }

  /** Its next line; `undefined` once it has ended. */
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON
  async line(): Promise<any> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : parsed(value);
  }

  tell(request: unknown): void {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON
  async ask(request: unknown): Promise<any> {
    this.tell(request);
    const answer = await this.line();
    if (answer === undefined) throw new Error('the process ended before it answered');
    return answer;
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** The last line of a process that was killed may be cut. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A folder in memory, until the end of the test. */
export function sharedFolder(): string {
  const folder = mkdtempSync('/dev/shm/cochlea-test-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
