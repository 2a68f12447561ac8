import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { slowness } from '../../safe/outcome.js';
import { cache } from './servers.js';

/** What an application gets for a question: a value of the client, or its error. */
export type Answer =
  | { readonly value: unknown; readonly error?: never }
  | { readonly error: ClientError; readonly value?: never };

export interface ClientError {
  readonly name: string;
  /** Of HTTP. */
  readonly status: number | null;
  readonly message: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly type?: string | null;
}

/** Whom and what to ask. */
export interface Question {
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
  /** A file to transcribe, or else a text to speak. */
  readonly audio?: string;
  readonly text?: string;
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const clients = join(cache, 'sdk');
const node = (name: string, ...args: string[]): string[] => [
  process.execPath,
  script(name),
  '--clients',
  clients,
  ...args,
];

/** Programs that ask, each as its own process, by the clients that applications have. */
export const programs = {
  'openai 6': node('ask.mjs', '--client', 'openai-6'),
  'openai 7': node('ask.mjs', '--client', 'openai-7'),
  'openai for Python': [join(cache, 'python-openai', 'bin', 'python'), script('ask.py')],
  'AI SDK': node('ask_ai.mjs'),
} as const;
export type Client = keyof typeof programs;

/** Asks everything that the client has about audio, or for speech. */
export async function answersOf(client: Client, question: Question): Promise<Record<string, Answer>> {
  const [command, ...args] = programs[client] as readonly [string, ...string[]];
  const { baseUrl, key, model, audio, text } = question;
  args.push('--base-url', baseUrl, '--key', key, '--model', model);
  args.push(...(audio === undefined ? ['--text', text ?? ''] : ['--audio', audio]));
  const limits = { timeout: 60_000 * slowness, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout } = await promisify(execFile)(command, args, limits);
  return JSON.parse(stdout);
}

/** The value of an answer, which is no error. */
export function given<Value>(answer: Answer | undefined): Value {
  expect(answer?.error).toBe(undefined);
  return answer?.value as Value;
}
