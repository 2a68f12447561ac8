import { readFileSync } from 'node:fs';
import { decode, encode } from 'cochlea';
import { FeatureExtractor } from 'cochlea/features';
import { AudioLoader } from 'cochlea/load';

const audio = await decode(process.argv[2], { sampleRate: 16_000 });
if (audio.sampleRate !== 16_000 || audio.frames < 16_000 || audio.shape[0] !== audio.data.length) process.exit(1);
console.log(`ES module: ${audio.source.container} ${audio.shape} at ${audio.sampleRate} Hz`);

const flac = await encode(audio, { format: 'flac' });
if ((await decode(flac)).frames !== audio.frames) process.exit(1);
const { inputFeatures } = await FeatureExtractor.whisper({ mels: 80 }).extract(audio);
if (inputFeatures.shape.join() !== '1,80,3000') process.exit(1);

const loader = new AudioLoader({ sampleRate: 16_000 });
const loaded = await loader.load(readFileSync(process.argv[2]));
if (loaded.frames !== audio.frames || loaded.cache !== 'miss') process.exit(1);
await loader.close();
