import type { IncomingMessage } from 'node:http';

/** Bytes of an answer that says what is wrong. */
const longest = 64 * 1024;

/** The beginning of an answer with a failing status, as text. If it breaks off, the status says enough. */
export async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longest) break;
    }
  } catch {
    // The status says enough.
  }
  return Buffer.concat(chunks).toString();
}
