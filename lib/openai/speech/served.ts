import { AudioDecoder } from '../../decode/index.js';
import { CochleaError, ServiceFailedError } from '../../errors.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import type { EngineSpeech, SpeechFormat } from '../engine.js';
import { asCochlea, isAbort } from '../parts/failure.js';
import { encodedAs } from './encoded_as.js';
import { audioIn } from './events.js';
import { formatOf, headBytes, pcmRate } from './formats.js';

/**
 * Speech in the format that was asked for, while it comes. What an engine gave in another one is encoded again: a label
 * never names what it is not. `pcm` has 24 kHz, as OpenAI's.
 */
export async function* servedSpeech(
  speech: EngineSpeech,
  format: SpeechFormat,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if ('samples' in speech) return yield* encodedAs(speech.samples, format, signal);
  const { mediaType = '', sampleRate: rate = pcmRate, bytes } = speech;
  const reader = (mediaType.startsWith('text/event-stream') ? audioIn(bytes) : bytes)[Symbol.asyncIterator]();
  const { head, rest } = await withHead(reader);
  const found = formatOf(head) ?? (isPcm(mediaType, format) ? 'pcm' : undefined);
  if (found === format && (format !== 'pcm' || rate === pcmRate)) return yield* rest;
  const raw = found === 'pcm' ? { raw: { codec: 'pcm_s16le', sampleRate: rate, channels: 1 } as const } : {};
  const sampleRate = format === 'pcm' ? { sampleRate: pcmRate } : {};
  const samples = new AudioDecoder().stream(rest, { ...raw, ...sampleRate, seconds: 0.1, signal });
  yield* encodedAs(decodable(samples), format, signal);
}

/** What cannot be decoded is the engine's failure: no client has sent it. */
async function* decodable(samples: AsyncIterable<AudioSamples>): AsyncGenerator<AudioSamples, void> {
  try {
    yield* samples;
  } catch (error) {
    if (!(error instanceof CochleaError) || error instanceof ServiceFailedError) throw error;
    const { cause } = error;
    if (error.code === 'ERR_AUDIO_SOURCE' && cause !== undefined) throw isAbort(cause) ? cause : asCochlea(cause);
    throw new ServiceFailedError(`the speech of the engine cannot be decoded: ${error.message}`, { cause: error });
  }
}

/** PCM has no mark: it is what was asked for, or what the server says. */
function isPcm(mediaType: string, format: SpeechFormat): boolean {
  return format === 'pcm' || /^audio\/(pcm|l16|x-raw)/i.test(mediaType);
}

interface WithHead {
  readonly head: Uint8Array;
  /** All of it, from the start. */
  readonly rest: AsyncIterable<Uint8Array>;
}

async function withHead(reader: AsyncIterator<Uint8Array>): Promise<WithHead> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const { done, value } = await reader.next();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  const rest = async function* (): AsyncGenerator<Uint8Array, void> {
    try {
      yield* chunks;
      yield* { [Symbol.asyncIterator]: () => reader };
    } finally {
      await reader.return?.();
    }
  };
  return { head: Buffer.concat(chunks), rest: rest() };
}
