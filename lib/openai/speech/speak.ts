import type { AudioEngine, SpeechFormat } from '../engine.js';
import { asCochlea, isAbort } from '../parts/failure.js';
import type { SpeechParams } from '../types.js';
import { askToSpeak } from './ask.js';
import { encodedAs } from './encoded_as.js';
import { audioIn } from './events.js';
import { speechTypes } from './formats.js';
import { SpeechAudio } from './speech_audio.js';

/** Asks the engine to speak. */
export async function speak(
  engine: AudioEngine,
  params: SpeechParams & { readonly response_format: SpeechFormat },
  pcmSampleRate: number,
  signal: AbortSignal,
): Promise<SpeechAudio> {
  const { response_format: format, stream_format: streamFormat, ...rest } = params;
  const speech = await askToSpeak(engine, { ...rest, format, streamFormat, signal });
  if ('samples' in speech) {
    const bytes = encodedAs(speech.samples, format, signal);
    return new SpeechAudio({ format, mediaType: speechTypes[format], sampleRate: pcmSampleRate, bytes });
  }
  const { mediaType = speechTypes[format], sampleRate = pcmSampleRate } = speech;
  const inEvents = mediaType.startsWith('text/event-stream');
  const bytes = whole(inEvents ? audioIn(speech.bytes) : speech.bytes);
  return new SpeechAudio({ format, mediaType, sampleRate, bytes });
}

/** A body that breaks off is the engine's failure, not that of the audio. */
async function* whole(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes;
  } catch (error) {
    throw isAbort(error) ? error : asCochlea(error);
  }
}
