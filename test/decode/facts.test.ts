import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { AudioDecoder, decode, SourceError } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';

/** What becomes of audio and errors in a log. */

const file = fileURLToPath(new URL('../fixtures/speech/speech.mp3', import.meta.url));

async function first<Value>(values: AsyncIterable<Value>): Promise<Value> {
  for await (const value of values) return value;
  throw new Error('there is none');
}

test('JSON.stringify of audio gives its facts, without its samples', async () => {
  const loader = new AudioLoader({ allowedRoot: fileURLToPath(new URL('../fixtures', import.meta.url)) });
  const audio = await decode(file);
  const decoder = new AudioDecoder();
  for (const each of [
    audio,
    await loader.load(file),
    await first(decoder.stream(file, { seconds: 1 })),
    await first(decoder.windows(file, { seconds: 1 })),
    await first(decoder.split(file, { maxSeconds: 2 })),
  ]) {
    const { data, ...facts } = each;
    expect(JSON.parse(JSON.stringify(each))).toEqual(JSON.parse(JSON.stringify(facts)));
    expect(JSON.stringify(each).length).toBeLessThan(1000);
    expect(structuredClone(each)).toEqual(each);
    expect(Object.keys(each)).not.toContain('toJSON');
  }
  await loader.close();
});

test('a printed error has no empty fields', () => {
  expect(inspect(new SourceError('ERR_AUDIO_SOURCE', 'gone'))).not.toContain('undefined');
});
