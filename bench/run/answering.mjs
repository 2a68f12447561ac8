/**
 * A process that answers lines with lines: a JSON object each way, so that Node and Python are asked alike. It runs the
 * clock itself, so that no message passing is timed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Answering {
  #child;
  #lines;
  #said = '';

  /** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => (this.#said = (this.#said + text).slice(-2000)));
    this.#child.on('error', (error) => (this.#said += error.message));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @param {object} question @returns {Promise<any>} */
  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) throw new Error(this.#said.trim().split('\n').at(-1) || 'its process ended');
      // Libraries may print what they like.
      if (!line.startsWith('{')) continue;
      const answer = JSON.parse(line);
      if (answer.error) throw new Error(answer.error.split('\n')[0]);
      return answer;
    }
  }

  async close() {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }
}

/**
 * The other side, in Node: answers each line of standard input.
 *
 * @param {(question: any) => Promise<object>} answer
 */
export async function answer(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
    console.log(JSON.stringify(reply));
  }
}
