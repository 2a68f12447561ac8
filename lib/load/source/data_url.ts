import { SourceError } from '../../errors.js';
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

/**
 * `data:[media type][;parameters];base64,…[#fragment]`, as fetch reads it (RFC 2397 and the WHATWG's Fetch standard).
 */
export function dataUrl(untrimmed: string): DataUrl {
  const whole = untrimmed.trimStart();
  // The fragment after a # is not part of the data.
  const fragment = whole.indexOf('#');
  const text = fragment < 0 ? whole : whole.slice(0, fragment);
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

/** Byte by byte, as in base64.ts. What is escaped counts as it was sent. */
function withoutEscapes(text: string, max: number): string {
  if (!text.includes('%') || text.length > max || /[\u0100-\uffff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    const escaped = byte === percent ? hexByte(bytes[i + 1], bytes[i + 2]) : undefined;
    bytes[length++] = escaped ?? byte;
    if (escaped !== undefined) i += 2;
  }
  return bytes.toString('latin1', 0, length);
}

const percent = 0x25;

function hexByte(high: number | undefined, low: number | undefined): number | undefined {
  const [first, second] = [hexDigit(high), hexDigit(low)];
  return first === undefined || second === undefined ? undefined : 16 * first + second;
}

function hexDigit(byte = 0): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
