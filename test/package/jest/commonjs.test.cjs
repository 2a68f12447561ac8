// Jest as it comes: it requires, in a realm of its own.
const { readFileSync } = require('node:fs');
const { CochleaError, decode, encode, toFloat16 } = require('cochlea');
const { FeatureExtractor } = require('cochlea/features');
const { AudioLoader } = require('cochlea/load');

const speech = process.env.SPEECH;

test('what was decoded is taken again', async () => {
  const audio = await decode(speech, { sampleRate: 16_000 });
  expect(audio.frames).toBe(46_095);
  const again = await decode(await encode(audio, { format: 'flac' }));
  expect(again.frames).toBe(audio.frames);
  expect((await toFloat16(audio)).data).toHaveLength(audio.frames);
  const extractor = FeatureExtractor.whisper({ mels: 80 });
  expect((await extractor.extract(audio)).inputFeatures.shape).toEqual([1, 80, 3000]);
});

test('the loader loads and closes', async () => {
  const loader = new AudioLoader({ sampleRate: 16_000 });
  expect((await loader.load(readFileSync(speech))).frames).toBe(46_095);
  await loader.close();
});

test('an error is of the class that is exported', async () => {
  await expect(decode(new Uint8Array(4))).rejects.toThrow(CochleaError);
});
