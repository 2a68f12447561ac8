/** Decodes clips in this process, as whoever has no service would. */
import { AudioDecoder } from '../../dist/index.js';
import { answer } from '../run/answering.mjs';
import { another } from './another.mjs';

const decoder = new AudioDecoder({ sampleRate: 16_000, channels: 1 });
let clips = [];

await answer(async ({ verb, count, clips: given }) => {
  if (verb === 'load') {
    clips = given.map((text) => Buffer.from(text, 'base64'));
    return {};
  }
  const batch = Array.from({ length: count }, (_, i) => another(clips[i % clips.length]));
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  for (const { reason } of await decoder.decodeAll(batch)) if (reason) throw reason;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
});
