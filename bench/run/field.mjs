/** The field of contenders, each in a child process that is started when first asked and again after a crash. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Floor } from './floor.mjs';
import { benchNode, python } from './interpreters.mjs';

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {'ours' | 'floor' | 'peer' | 'reference'} kind  A reference is shown, and is no way to decode in Node.
 * @property {string} [module]
 * @property {Record<string, boolean>} [options]
 * @property {string} [note]
 */

/** @type {Entry[]} */
const ENTRIES = [
  { name: 'cochlea', kind: 'ours', module: 'cochlea' },
  { name: 'floor', kind: 'floor', note: 'FFmpeg and soxr in a bare C++ loop' },
  {
    name: 'ffmpeg process',
    kind: 'peer',
    module: 'ffmpeg-cli',
    note: 'one process per file, which reads the file itself; its float downmix is (L + R)/√2, 3 dB above the mean',
  },
  { name: 'node-web-audio-api', kind: 'peer', module: 'node-web-audio-api' },
  { name: 'node-av', kind: 'peer', module: 'node-av', note: 'its float downmix is (L + R)/√2, 3 dB above the mean' },
  {
    name: 'node-av sync',
    kind: 'peer',
    module: 'node-av',
    options: { sync: true },
    note: 'the same through the calls that block the event loop',
  },
  { name: 'audio-decode', kind: 'peer', module: 'audio-decode' },
  { name: 'mediabunny', kind: 'peer', module: 'mediabunny' },
  { name: 'librosa', kind: 'reference', note: 'Python: what models were trained with' },
];

export const NAMES = ENTRIES.map(({ name }) => name);

/**
 * The contenders called `names`, each already asked to load; one that cannot says why in `missing`.
 * @param {{names: string[], progress: (text: string) => void}} options
 */
export async function field({ names, progress }) {
  const contenders = [];
  for (const entry of ENTRIES.filter(({ name }) => names.includes(name))) {
    progress(`loading ${entry.name}`);
    const contender = entry.kind === 'floor' ? new Floor(entry) : new Contender(entry);
    await contender.load();
    contenders.push(contender);
  }
  return contenders;
}

/** A contender's process, seen from outside. */
export class Contender {
  version = '';
  /** @type {string | undefined} why it cannot be measured at all */
  missing;
  #path = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #ids = 0;

  /** @param {Entry} entry */
  constructor(entry) {
    this.entry = entry;
  }

  get name() {
    return this.entry.name;
  }

  /** @returns {Promise<number | undefined>} milliseconds that the import took */
  async load() {
    try {
      const { version, milliseconds } = await this.#send('load', {}, 60);
      this.version = version;
      return milliseconds;
    } catch (error) {
      this.missing = /** @type {Error} */ (error).message.split('\n')[0];
      this.close();
    }
  }

  /** Reads a file into the child's memory. @param {string} path */
  async open(path) {
    if (!this.#child) await this.#send('load', {}, 60);
    await this.#send('open', { path }, 60);
    this.#path = path;
  }

  /** @param {string} question @param {object} args @param {number} seconds after which it counts as hung */
  async ask(question, args, seconds) {
    if (!this.#child) await this.open(this.#path);
    return this.#send('ask', { question, args }, seconds);
  }

  close() {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** @param {string} verb @param {object} args @param {number} seconds @returns {Promise<any>} */
  #send(verb, args, seconds) {
    this.#child ??= this.#start();
    const child = this.#child;
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        reject(new Error(`no answer within ${seconds} s`));
      }, seconds * 1000);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        done(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      child.send({ id, verb, args }, (error) => error && this.#waiting.get(id)?.reject(error));
    });
  }

  #start() {
    const script = (name) => fileURLToPath(new URL(name, import.meta.url));
    const { module, options } = this.entry;
    const [command, args] = module
      ? [benchNode(), ['--expose-gc', '--no-warnings', script('child.mjs'), module, JSON.stringify(options ?? {})]]
      : [python(), [script('librosa_child.py')]];
    // Contenders may print what they like; the last of it explains a crash.
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    child.stderr?.on('data', (text) => (said = (said + text).slice(-400)));
    child.on('message', ({ id, value, error }) => {
      const waiting = this.#waiting.get(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    const ended = (why) => {
      if (this.#child !== child) return; // closed on purpose; a later one may be waited for
      this.#child = undefined;
      for (const { reject } of [...this.#waiting.values()]) reject(new Error(why));
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) =>
      ended(`its process ended: ${signal ?? code} ${said.trim().split('\n').at(-1) ?? ''}`.trim()),
    );
    return child;
  }
}
