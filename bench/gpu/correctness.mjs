/** How far is each provider from the native code (log-mel) and from the processor in float32 (tower)? */
import { FeatureExtractor } from '../../dist/features/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { chirp, noise } from './signals.mjs';

const clips = {
  'noise, 30 s': noise(30),
  'chirp, 3 s': chirp(3),
  'one token': { ...noise(1), data: noise(1).data.subarray(0, 480) },
};

const furthest = (a, b) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

export async function correctness({ tower: folder, providers, say }) {
  say('Correctness');
  const native = FeatureExtractor.whisper({ mels: 128 });
  const signals = Object.values(clips);
  const features = await native.extract(signals);
  const reference = await embeddings(folder, 'cpu', 'fp32', signals);
  const rows = [];
  for (const provider of providers) {
    const extractor = FeatureExtractor.whisper({ mels: 128, provider });
    const { inputFeatures } = await extractor.extract(signals);
    await extractor.close();
    const row = { provider, logMel: furthest(inputFeatures.data, features.inputFeatures.data) };
    for (const precision of ['fp32', 'fp16']) {
      row[precision] = furthest((await embeddings(folder, provider, precision, signals)).data, reference.data);
    }
    rows.push(row);
  }
  return rows;
}

async function embeddings(folder, provider, precision, signals) {
  const tower = await AudioTower.load(folder, { provider, precision });
  const { audioFeatures } = await tower.embed(signals);
  await tower.close();
  return audioFeatures;
}
