import { typeError } from '../checks.js';
import type { AudioEngine } from './engine.js';
import { checkLimits, type ServerLimits } from './server/limits.js';
import { type OpenAIClient, SdkChannel } from './server/sdk_channel.js';
import { ServerEngine } from './server/server_engine.js';

/**
 * The server of a client of OpenAI as an engine; an engine is one already.
 *
 * @throws {TypeError | RangeError} It is neither, or a limit is wrong.
 */
export function engineFor(server: OpenAIClient | AudioEngine, limits: Partial<ServerLimits> | undefined): AudioEngine {
  if (typeof server !== 'object' || server === null)
    throw typeError('server', 'a client of OpenAI, or an engine', server);
  if ('audio' in server) return new ServerEngine(new SdkChannel(server), checkLimits(limits));
  if (typeof server.transcribe !== 'function') throw typeError('server', 'a client of OpenAI, or an engine', server);
  if (limits !== undefined) throw new TypeError('options.limits goes with a client of OpenAI: an engine knows its own');
  return server;
}
