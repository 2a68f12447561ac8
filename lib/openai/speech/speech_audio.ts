import type { PlainUint8Array } from '../../arrays.js';
import {
  AudioDecoder,
  type AudioStream,
  type DecodedAudio,
  type DecodeOptions,
  type StreamOptions,
} from '../../decode/index.js';
import { gathered } from '../../producers/gathered.js';
import type { SpeechFormat } from '../engine.js';

/** How to read what arrives. */
export interface SpeechReading {
  readonly format: SpeechFormat;
  readonly mediaType: string;
  /** Hz of `pcm`. */
  readonly sampleRate: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Spoken text, while it arrives. It is read once: encoded, decoded as a whole, or decoded while it comes. */
export class SpeechAudio {
  /** The format that was asked for. */
  readonly format: SpeechFormat;
  /** The media type that the server gave. */
  readonly mediaType: string;
  readonly #reading: SpeechReading;
  #isRead = false;

  /** @hidden `AudioClient.speech` makes it. */
  constructor(reading: SpeechReading) {
    this.format = reading.format;
    this.mediaType = reading.mediaType;
    this.#reading = reading;
  }

  /**
   * The encoded bytes as they arrive.
   *
   * @throws {Error} It was read already (at the call).
   */
  stream(): AsyncIterable<Uint8Array> {
    if (this.#isRead) throw new Error('the speech was read already: keep its bytes to read it again');
    this.#isRead = true;
    return this.#reading.bytes;
  }

  /** All encoded bytes. Rejects with `ServiceFailedError` if the server ends too early. */
  async bytes(): Promise<PlainUint8Array> {
    return new Uint8Array(await gathered(this.stream()));
  }

  /** All samples: float32. Rejects as `AudioDecoder.decode` does, or with the failure of the server. */
  decode(options: DecodeOptions = {}): Promise<DecodedAudio> {
    return new AudioDecoder().decode(this.stream(), { ...this.#raw(), ...options });
  }

  /** Samples while they arrive, as `AudioDecoder.stream` gives them. Default: chunks of 0.1 s. */
  frames(options: StreamOptions = {}): AudioStream {
    const chunks = options.frames === undefined ? { seconds: 0.1 } : {};
    return new AudioDecoder().stream(this.stream(), { ...this.#raw(), ...chunks, ...options });
  }

  #raw(): DecodeOptions {
    const { format, sampleRate } = this.#reading;
    return format === 'pcm' ? { raw: { codec: 'pcm_s16le', sampleRate, channels: 1 } } : {};
  }
}
