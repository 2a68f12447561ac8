import { debuglog } from 'node:util';

const debug = debuglog('cochlea');

/** Shows FFmpeg's messages when the process runs with `NODE_DEBUG=cochlea`. */
export function logMessages(messages: readonly string[]): void {
  for (const message of messages) debug('%s', message);
}
