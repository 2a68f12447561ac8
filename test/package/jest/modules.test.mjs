// Jest with NODE_OPTIONS=--experimental-vm-modules: it imports, in a realm of its own.
import { CochleaError, decode, encode } from 'cochlea';
import { AudioLoader } from 'cochlea/load';

test('what was decoded is taken again', async () => {
  const audio = await decode(process.env.SPEECH, { sampleRate: 16_000 });
  expect(audio.frames).toBe(46_095);
  const again = await decode(await encode(audio, { format: 'flac' }));
  expect(again.frames).toBe(audio.frames);
  await new AudioLoader().close();
  await expect(decode(new Uint8Array(4))).rejects.toThrow(CochleaError);
});
