import type { Command } from 'commander';
import { UpstreamEngine } from '../../openai/index.js';

/** Values of the options below, as commander passes them. */
export interface ServerFlags {
  readonly baseUrl?: string;
  readonly model: string;
}

const openai = 'https://api.openai.com/v1';
/** Between tries the waits grow: about ten seconds in all. */
const retries = 5;

/** The server that is asked. The key comes from the environment, where no list of processes shows it. */
export function addServer(command: Command, model: string): Command {
  return command
    .option('--base-url <url>', `server with OpenAI's API (default: OPENAI_BASE_URL, or ${openai})`)
    .option('--model <name>', 'model of the server', model);
}

/** @throws {TypeError | RangeError} The address or a limit is wrong. */
export function serverOf(
  { baseUrl = process.env.OPENAI_BASE_URL || openai }: ServerFlags,
  limits: { readonly bytes?: number; readonly seconds?: number } = {},
): UpstreamEngine {
  const apiKey = process.env.OPENAI_API_KEY;
  if (baseUrl.startsWith(openai) && !apiKey) {
    throw new TypeError('OpenAI needs a key: set OPENAI_API_KEY, or name another server with --base-url');
  }
  return new UpstreamEngine({ addresses: baseUrl, apiKey: apiKey || undefined, retries, limits });
}
