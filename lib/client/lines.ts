import { TransferTooLargeError } from '../errors.js';
import { Blocks } from '../producers/blocks.js';
import { bytesOf } from '../producers/producer.js';
import type { Producer } from '../producers/types.js';

const newline = 0x0a;

/**
 * The lines of a stream of bytes, each as soon as it is whole. Nothing is read ahead of the caller. Empty lines are
 * passed over: some services send them to keep a connection open. What follows the last line end is no line.
 *
 * @throws {TransferTooLargeError} A line has more than `max` bytes.
 */
export async function* linesOf(producer: Producer, max: number): AsyncGenerator<string, void> {
  const blocks = new Blocks();
  let length = 0;
  for (;;) {
    const { done, value } = await producer.next();
    if (done) return;
    let rest = bytesOf(value);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      if (length + end > max) throw tooLong(max);
      blocks.push(rest.subarray(0, end));
      const line = textOf(blocks.join());
      rest = rest.subarray(end + 1);
      length = 0;
      if (line.trim() !== '') yield line;
    }
    length += rest.length;
    if (length > max) throw tooLong(max);
    if (rest.length > 0) blocks.push(rest);
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}

function tooLong(max: number): TransferTooLargeError {
  const message = `a line of the answer is longer than maxLineBytes, ${max}`;
  return new TransferTooLargeError('ERR_TRANSFER_TOO_LARGE', message);
}
