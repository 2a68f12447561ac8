/** Decodes clips and computes their features for a while, with as many threads as COCHLEA_THREADS says. */

import { FeatureExtractor } from '../../dist/features/index.js';
import { decode } from '../../dist/index.js';
import { answer } from '../run/answering.mjs';

const extractor = FeatureExtractor.whisper({ mels: 128 });

await answer(async ({ clips: texts, inFlight, seconds }) => {
  const clips = texts.map((text) => Buffer.from(text, 'base64'));
  await flow(clips, inFlight, 0.5);
  return { rate: await flow(clips, inFlight, seconds) };
});

/** Seconds of audio in a second. */
async function flow(clips, inFlight, seconds) {
  const start = performance.now();
  let audio = 0;
  let next = 0;
  const lane = async () => {
    while (performance.now() - start < seconds * 1000) {
      const decoded = await decode(clips[next++ % clips.length], { sampleRate: 16_000, channels: 1 });
      await extractor.extract(decoded, { truncation: true });
      audio += decoded.duration;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return audio / ((performance.now() - start) / 1000);
}
