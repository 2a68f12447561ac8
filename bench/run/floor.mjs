/** The floor: a C++ program of this repository's build, which times its own decoding and resampling. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Looks like a Contender; each question is one run of the program, whose first, untimed decode warms it up. */
export class Floor {
  version = '';
  /** @type {string | undefined} */
  missing;
  #program = process.env.COCHLEA_FLOOR ?? join(root, 'build/bench/cochlea_floor');
  #path = '';

  /** @param {import('./field.mjs').Entry} entry */
  constructor(entry) {
    this.entry = entry;
  }

  get name() {
    return this.entry.name;
  }

  /** Builds it, or sees that it is up to date. */
  async load() {
    try {
      if (process.env.COCHLEA_FLOOR) await access(this.#program);
      else await this.#build();
    } catch (error) {
      const { stderr, message } = /** @type {{stderr?: string, message: string}} */ (error);
      const why = stderr ? stderr.slice(Math.max(0, stderr.search(/error/i))) : message;
      this.missing = `cannot be built: ${why.replace(/\s+/g, ' ').slice(0, 300)}`;
    }
  }

  async #build() {
    const cmake = (...args) => run('cmake', args, { cwd: root, maxBuffer: 2 ** 26 });
    await cmake('-S', '.', '-B', 'build/bench', '-DCOCHLEA_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release');
    await cmake('--build', 'build/bench', '--target', 'cochlea_floor');
  }

  /** @param {string} path */
  async open(path) {
    this.#path = path;
  }

  /** @param {string} question @param {object} _args @param {number} seconds */
  async ask(question, _args, seconds) {
    if (question !== 'speed') throw new Error('it times one decode after the other, and keeps no result');
    const { stdout } = await run(this.#program, [this.#path, '16000', '1'], { timeout: seconds * 1000 });
    const { decode, resample, frames, rate } = JSON.parse(stdout);
    return { parts: [decode[0], resample[0]], frames: Math.round((frames * 16_000) / rate), rms: null };
  }

  close() {}
}
