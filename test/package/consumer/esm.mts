import { AudioDecoder, CochleaError, type DecodedAudio, decode, LimitError, type MediaInfo, probe } from 'cochlea';
import { AudioLoader, type LoadedAudio } from 'cochlea/load';

const audio: DecodedAudio = await decode('a.wav', { sampleRate: 16_000, channels: 1, downmix: 'mean', quality: 'HQ' });
export const samples: Float32Array<ArrayBuffer> = audio.data;
export const info: MediaInfo = await probe(new Uint8Array(4), { signal: AbortSignal.timeout(1000) });
export const decoder = new AudioDecoder({ limits: { seconds: 60, sampleRate: [8000, 48_000] } });
// @ts-expect-error limits belong to the decoder, not to a request
decoder.decode('a.wav', { limits: { seconds: 100 } });
// @ts-expect-error not a downmix
decode('a.wav', { downmix: 'average' });
export const fault = (error: unknown): string => {
  if (error instanceof LimitError) return `${error.limit} ${error.max} ${error.actual}`;
  return error instanceof CochleaError ? `${error.code} ${error.fault} ${error.remedy}` : '';
};
export const loaded: LoadedAudio = await new AudioLoader({ maxSeconds: 600 }).load('https://example.com/a.mp3');
