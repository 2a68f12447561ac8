// Compiled as an ES module, as CommonJS, and for bundlers: use.mts and use.cts are the same text.
import {
  AudioDecoder,
  CochleaError,
  type DecodedAudio,
  decode,
  type EncodeOptions,
  encode,
  LimitError,
  type MediaInfo,
  probe,
  split,
  type toFloat16,
} from 'cochlea';
import type { EncodeClient } from 'cochlea/client';
import { FeatureExtractor } from 'cochlea/features';
import { AudioLoader, type LoadedAudio } from 'cochlea/load';
import type { AudioTower } from 'cochlea/tower';
import type { ReceivedTensor, SentTensor } from 'cochlea/transfer';
import type { EncodeWorker } from 'cochlea/worker';

type IsAny<T> = 0 extends 1 & T ? true : false;
type Not<T extends false> = T;

/** What a version of TypeScript does not understand in the declarations becomes `any`, and takes everything. */
export type Checks = [
  Not<IsAny<DecodedAudio['data']>>,
  Not<IsAny<LoadedAudio['data']>>,
  Not<IsAny<Awaited<ReturnType<typeof encode>>>>,
  Not<IsAny<ReturnType<typeof toFloat16>>>,
  Not<IsAny<Awaited<ReturnType<FeatureExtractor['extract']>>['inputFeatures']['data']>>,
  Not<IsAny<Awaited<ReturnType<AudioTower['embed']>>['audioFeatures']['data']>>,
  Not<IsAny<ReceivedTensor['tensor']['data']>>,
  Not<IsAny<SentTensor['descriptor']>>,
  Not<IsAny<ReturnType<EncodeWorker['generate']>>>,
  Not<IsAny<ReturnType<EncodeClient['generate']>>>,
];

export async function use(path: string): Promise<Float32Array> {
  const audio: DecodedAudio = await decode(path, { sampleRate: 16_000, channels: 1, downmix: 'mean', quality: 'HQ' });
  const decoder = new AudioDecoder({ limits: { seconds: 60, sampleRate: [8000, 48_000] } });
  // @ts-expect-error limits belong to the decoder, not to a request
  await decoder.decode('a.wav', { limits: { seconds: 100 } });
  // @ts-expect-error not a downmix
  await decode('a.wav', { downmix: 'average' });
  for await (const chunk of decoder.stream(path)) console.log(chunk.data.length);
  for (const piece of split(audio, { maxSeconds: 1 })) console.log(piece.frames);
  const options: EncodeOptions = { format: 'flac' };
  const bytes: Uint8Array = await encode(audio, options);
  const info: MediaInfo = await probe(bytes, { signal: AbortSignal.timeout(1000) });
  const loader = new AudioLoader({ maxSeconds: 600 });
  const loaded: LoadedAudio = await loader.load('https://example.com/a.mp3');
  const { inputFeatures } = await FeatureExtractor.whisper({ mels: 128 }).extract(loaded);
  console.log(info.container, inputFeatures.shape);
  return audio.data;
}

export function fault(error: unknown): string {
  if (error instanceof LimitError) return `${error.limit} ${error.max} ${error.actual}`;
  return error instanceof CochleaError ? `${error.code} ${error.fault} ${error.remedy} ${error.cause}` : '';
}
