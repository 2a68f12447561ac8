import { LimitError, SourceError } from '../../errors.js';

/**
 * Decodes base64 as browsers do in data URLs (the "forgiving-base64" of the WHATWG's Infra standard): spaces
 * and line ends are passed over, padding may be missing; anything else is an error. Node alone would drop it silently.
 *
 * @throws {LimitError} The text is longer than `max` characters (`dataUrlBytes`).
 * @throws {SourceError} It is not base64.
 */
export function decodeBase64(text: string, max: number): Uint8Array {
  if (text.length > max) throw new LimitError('the base64 is too long', 'dataUrlBytes', max, text.length);
  const compact = withoutSpace(text);
  const padding = compact.length % 4 === 0 ? (/={1,2}$/.exec(compact)?.[0].length ?? 0) : 0;
  const digits = compact.length - padding;
  const bytes = Buffer.from(compact, 'base64');
  // Node ends at the first = and skips what is no digit, so that too little comes out; - and _ it takes for + and /,
  // and
  // of what is not ASCII it looks at the lower half.
  if (digits % 4 === 1 || bytes.byteLength !== Math.floor((digits * 3) / 4) || /[-_\u0080-\uffff]/.test(compact)) {
    throw new SourceError('ERR_AUDIO_SOURCE', 'the base64 is not valid');
  }
  return bytes;
}

/** Byte by byte: `replace` would take a second for sixteen million characters. */
function withoutSpace(text: string): string {
  if (!/[\t\n\f\r ]/.test(text)) return text;
  // What is not Latin is no base64; the caller finds it.
  if (/[\u0100-\uffff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d) bytes[length++] = byte;
  }
  return bytes.toString('latin1', 0, length);
}
