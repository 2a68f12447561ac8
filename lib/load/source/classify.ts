import { shown } from '../../checks.js';
import { checkBytes, readBlob } from '../../decode/inner.js';
import { LimitError, SourceError } from '../../errors.js';
import { isByteStream, producerOf } from '../../producers/producer.js';
import type { Producer } from '../../producers/types.js';
import { isBlob, isURL } from '../../realm.js';
import { dataUrl, isDataUrl } from './data_url.js';
import { addressLabel, bytesLabel, fileLabel, label, textLabel } from './label.js';
import { type AudioPart, inputAudio, isAudioPart, partProblem } from './parts.js';
import type { LoadSource } from './types.js';

/** A source and its kind, determined at the call. Mistakes of an untrusted sender are found later. */
export type ClassifiedSource =
  | { readonly kind: 'address'; readonly label: string; readonly text: string }
  | { readonly kind: 'file'; readonly label: string; readonly file: string | URL }
  | { readonly kind: 'bytes'; readonly label: string; readonly read: (limits: ByteLimits) => Bytes }
  | { readonly kind: 'stream'; readonly label: string; readonly producer: Producer };

type Bytes = Uint8Array | Promise<Uint8Array>;

/** Limits for each kind of bytes. */
export interface ByteLimits {
  readonly inputBytes: number;
  readonly dataUrlBytes: number;
}

const expectation =
  'an address, a path, a URL, a Uint8Array (Buffer), an ArrayBuffer, a DataView, a Blob, a ReadableStream, an async iterable of Uint8Array, or a part of type audio_url or input_audio';

/**
 * @param urlLength Longer addresses are not parsed: that would take long, and they will be refused.
 * @throws {TypeError} It is not a source.
 */
export function classifySource(source: LoadSource, urlLength: number): ClassifiedSource {
  if (typeof source === 'string') return textSource(source, urlLength);
  if (isURL(source)) return textSource(source.href, urlLength);
  if (isBlob(source)) {
    const name = 'name' in source ? `file ${source.name}, ` : '';
    return {
      kind: 'bytes',
      label: label(`${name}${source.size} bytes`),
      read: ({ inputBytes }) => readBlob(source, inputBytes),
    };
  }
  if (isAudioPart(source)) return partSource(source, urlLength);
  const bytes = checkBytes(source);
  if (bytes !== undefined) {
    return { kind: 'bytes', label: bytesLabel(bytes.length), read: ({ inputBytes }) => checkSize(bytes, inputBytes) };
  }
  if (isByteStream(source)) return { kind: 'stream', label: 'stream', producer: producerOf(source) };
  throw new TypeError(`source must be ${expectation}; got ${shown(source)}`);
}

/** Checked before the bytes are hashed. */
function checkSize(bytes: Uint8Array, inputBytes: number): Uint8Array {
  if (bytes.length <= inputBytes) return bytes;
  throw new LimitError('the source is larger than the limit', 'inputBytes', inputBytes, bytes.length);
}

function partSource(part: AudioPart, urlLength: number): ClassifiedSource {
  const problem = partProblem(part);
  if (problem !== undefined) {
    // A client wrote the part, so this is an outcome of the load, not a mistake in the call.
    const read = (): never => {
      throw new SourceError('ERR_AUDIO_SOURCE', problem);
    };
    return { kind: 'bytes', label: `part of type ${part.type}`, read };
  }
  if (part.type === 'audio_url') return textSource(part.audio_url.url, urlLength);
  const { label, decode } = inputAudio(part);
  return { kind: 'bytes', label, read: ({ dataUrlBytes }) => decode(dataUrlBytes) };
}

/** Text is an address if it has a scheme of two letters or more; otherwise a path. */
function textSource(text: string, urlLength: number): ClassifiedSource {
  if (isDataUrl(text)) {
    const { label, decode } = dataUrl(text);
    return { kind: 'bytes', label, read: ({ dataUrlBytes }) => decode(dataUrlBytes) };
  }
  const url = text.length <= urlLength && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'file:') return { kind: 'file', label: fileLabel(url.pathname), file: url };
  const isPath = url === undefined ? !/^\s*[a-z][a-z\d+.-]+:/i.test(text) : url.protocol.length === 'c:'.length;
  if (isPath) {
    return { kind: 'file', label: fileLabel(text), file: text };
  }
  return { kind: 'address', label: url ? addressLabel(url) : textLabel(text), text };
}
