import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environment } from '../../interop/dynamo.js';
import { slowness } from '../../safe/outcome.js';

/** The process of peer.mjs. */
export class Peer {
  readonly #process;
  readonly #lines: AsyncIterator<string>;
  readonly exited: Promise<number | string>;

  constructor(role: 'send' | 'receive' | 'worker' | 'leave') {
    const script = fileURLToPath(new URL('peer.mjs', import.meta.url));
    this.#process = spawn(process.execPath, [script, role, environment], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 30_000 * slowness,
      killSignal: 'SIGKILL',
    });
    this.#process.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.exited = new Promise((resolve) => this.#process.on('exit', (code, signal) => resolve(code ?? signal ?? '')));
  }

  tell(value: unknown): void {
    this.#process.stdin.write(`${JSON.stringify(value)}\n`);
  }

  /** `undefined`: it has ended. */
  async answer<Value>(): Promise<Value | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** It ends by itself once nothing more comes. */
  async end(): Promise<number | string> {
    this.#process.stdin.end();
    return this.exited;
  }
}
