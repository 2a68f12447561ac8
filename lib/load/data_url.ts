import { SourceError } from '../errors.js';
import { decodeBase64 } from './base64.js';
import { dataLabel } from './label.js';

const longestHeader = 256;

export function isDataUrl(text: string): boolean {
  return /^\s*data:/i.test(text);
}

/** A data URL, taken apart but not decoded. */
export interface DataUrl {
  readonly label: string;
  /** @throws {CochleaError} It is not valid, or too long. */
  decode(max: number): Uint8Array;
}

/** `data:[media type][;parameters];base64,…`, as fetch reads it (RFC 2397 and the WHATWG's Fetch standard). */
export function dataUrl(untrimmed: string): DataUrl {
  const text = untrimmed.trimStart();
  const comma = text.slice(0, longestHeader).indexOf(',');
  const header = text.slice('data:'.length, Math.max(comma, 0));
  return {
    label: dataLabel(header, text.length),
    decode(max) {
      if (comma < 0) {
        throw new SourceError('ERR_AUDIO_SOURCE', `the data URL has no comma in its first ${longestHeader} characters`);
      }
      if (!/;[\t\n\r ]*base64[\t\n\r ]*$/i.test(header))
        throw new SourceError('ERR_AUDIO_SOURCE', 'the data URL is not base64');
      return decodeBase64(withoutEscapes(text.slice(comma + 1), max), max);
    },
  };
}

function withoutEscapes(text: string, max: number): string {
  // Too long in any case: not worth looking at.
  if (!text.includes('%') || text.length > 3 * max) return text;
  return text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
