import type { LoadSource } from '../load/index.js';

/** Formats without a container, by their media types: the tag of WAV, and the bits of a sample. */
const raw: Readonly<Record<string, readonly [tag: number, bits: number]>> = {
  'audio/pcm': [1, 16],
  'audio/pcmu': [7, 8],
  'audio/pcma': [6, 8],
};

/** What arrives, as bytes with a container. Raw samples get the header of a WAV file whose length is not known yet. */
export function wavOf(
  audio: ReadableStream<Uint8Array | string>,
  { type, rate = 24_000 }: { readonly type: string; readonly rate?: number | undefined },
): LoadSource {
  const format = raw[type.split(';', 1)[0]?.trim().toLowerCase() ?? ''];
  return bytes(audio, format && header(format, rate));
}

async function* bytes(
  audio: ReadableStream<Uint8Array | string>,
  first: Uint8Array | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (first) yield first;
  for await (const piece of audio as unknown as AsyncIterable<Uint8Array | string>) {
    yield typeof piece === 'string' ? Buffer.from(piece, 'base64') : piece;
  }
}

function header([tag, bits]: readonly [number, number], rate: number): Uint8Array {
  const unknown = 0xffff_ffff;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(unknown, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * bits) / 8, 28);
  head.writeUInt16LE(bits / 8, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(unknown, 40);
  return head;
}
