import type { EncodeFormat } from './types.js';

/** What files of a format hold. */
interface FormatFacts {
  /** The most that readers accept, or that there is a meaning for. */
  readonly mostChannels: number;
  /** Of formats that keep every sample; the first is the default. */
  readonly bitDepths?: readonly number[];
  /** Of the others, in bits per second; the default is `perChannel`, times the channels. */
  readonly bitRates?: { readonly least: number; readonly most: number; readonly perChannel: number };
}

/**
 * MP3: what its frames can state, and for CD audio LAME's own default of 128,000. Opus: RFC 6716, and the lower end of
 * what RFC 7587 (3.1.1) calls the sweet spot of music at all frequencies, above that of speech. AAC: two channels at 48
 * kHz may have 576,000; the default for two is FFmpeg's.
 */
export const formats: Readonly<Record<EncodeFormat, FormatFacts>> = {
  wav: { mostChannels: 64, bitDepths: [32, 24, 16] },
  flac: { mostChannels: 8, bitDepths: [16, 24] },
  mp3: { mostChannels: 2, bitRates: { least: 8000, most: 320_000, perChannel: 64_000 } },
  opus: { mostChannels: 2, bitRates: { least: 6000, most: 510_000, perChannel: 48_000 } },
  aac: { mostChannels: 2, bitRates: { least: 8000, most: 512_000, perChannel: 64_000 } },
};
