import { AbortError } from '../errors.js';

/*
 * Base64 in steps of about a millisecond, between which the event loop goes on.
 */

/** A multiple of three, so that the texts of two blocks can be joined. */
const blockBytes = 768 * 1024;
/** Of base64: those of a block. */
const blockCharacters = (blockBytes / 3) * 4;

export async function base64Of(parts: Iterable<Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
  const bytes = Buffer.concat([...parts]);
  const texts: string[] = [];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    if (start > 0) await new Promise(setImmediate);
    if (signal?.aborted) throw new AbortError(signal.reason);
    texts.push(bytes.toString('base64', start, Math.min(start + blockBytes, bytes.length)));
  }
  return texts.join('');
}

/** In memory of its own, so that it can be transferred. What is not base64 has fewer bytes than its text says. */
export async function fromBase64(text: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = Buffer.from(new ArrayBuffer(Buffer.byteLength(text, 'base64')));
  let length = 0;
  for (let start = 0; start < text.length; start += blockCharacters) {
    if (start > 0) await new Promise(setImmediate);
    if (signal?.aborted) throw new AbortError(signal.reason);
    length += bytes.write(text.slice(start, start + blockCharacters), length, 'base64');
  }
  return bytes.subarray(0, length);
}
