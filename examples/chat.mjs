#!/usr/bin/env node
/** Loads the audio of a chat, a JSON array of messages on standard input: node examples/chat.mjs < messages.json */
import { json } from 'node:stream/consumers';
import { AudioLoader, resolveAudioParts } from 'cochlea/load';

const messages = await json(process.stdin);
const loader = new AudioLoader({ sampleRate: 16_000, overLength: 'split', maxSeconds: 30 });
const parts = resolveAudioParts(messages);
const outcomes = await loader.loadAll(parts.map(({ source }) => source));
for (const [i, { message, part }] of parts.entries()) {
  const { status, value, reason } = outcomes[i];
  const result = status === 'fulfilled' ? `${value.segments.length} × at most 30 s` : reason.code;
  console.log(`messages[${message}].content[${part}]: ${result}`);
}
await loader.close();
