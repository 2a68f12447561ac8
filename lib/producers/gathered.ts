import { Blocks } from './blocks.js';

/** All bytes of an iterable. They may be the memory of its only piece. */
export async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const blocks = new Blocks();
  for await (const piece of pieces) blocks.push(piece);
  return blocks.join();
}
