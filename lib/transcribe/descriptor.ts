import { ModelInvalidError } from '../errors.js';
import { DescriptorReader } from '../tower/inner.js';
import type { DecoderShape } from './thread/messages.js';

/** The version of the part of the descriptor that this code reads. */
const format = 1;

/** In order of preference. */
const precisions = ['fp32', 'int8'] as const;

/** Precision of a decoder. */
export type DecoderPrecision = (typeof precisions)[number];

/** The models of a decoder: paths, and the SHA-256 of each file. */
export interface DecoderVariant {
  readonly cross: string;
  readonly decoder: string;
  readonly align: string;
  readonly digests: ReadonlyMap<string, string>;
}

/** What `cochlea.json` says of a whole Whisper, beside its encoder. */
export interface TranscriberDescriptor {
  readonly shape: DecoderShape;
  readonly multilingual: boolean;
  readonly suppressed: readonly number[];
  readonly suppressedAtBegin: readonly number[];
  /** The latest first timestamp, in steps of 20 ms. */
  readonly maxInitialTimestamp: number;
  /** Path and SHA-256. */
  readonly tokenizer: readonly [string, string];
  /** Of the detector of speech, if the folder has one. */
  readonly vad: readonly [string, string] | undefined;
  readonly variants: ReadonlyMap<DecoderPrecision, DecoderVariant>;
}

/**
 * Reads what the descriptor of a folder says of its decoder: Note [Untrusted descriptors] in lib/tower.
 *
 * @throws {ModelInvalidError} It is missing, of another version, or a field is wrong. The message names it.
 */
export async function readTranscriber(folder: string): Promise<TranscriberDescriptor> {
  const reader: DescriptorReader = await DescriptorReader.open(folder);
  const { transcriber, architecture, dimension, tokens } = reader.root;
  if (architecture !== 'whisper-encoder' || transcriber === undefined) {
    throw new ModelInvalidError(
      'ERR_MODEL_INVALID',
      `${folder} holds an encoder alone: export the whole Whisper, with tools/export/export_whisper.py`,
    );
  }
  const fields = reader.object('transcriber', transcriber);
  const name = (key: string): string => `transcriber.${key}`;
  const count = (key: string, least?: number): number => reader.count(name(key), fields[key], least);
  if (fields.format !== format) {
    reader.fail(name('format'), `${format}, the one that this version of Cochlea reads`, fields.format);
  }
  if (typeof fields.multilingual !== 'boolean') reader.fail(name('multilingual'), 'true or false', fields.multilingual);
  const shape: DecoderShape = {
    layers: count('layers'),
    heads: count('heads'),
    headSize: count('headSize'),
    vocabulary: count('vocabulary'),
    positions: count('positions'),
    frames: reader.count('tokens', tokens),
  };
  if (shape.heads * shape.headSize !== dimension) reader.fail('dimension', 'heads × headSize', dimension);
  return {
    shape,
    multilingual: fields.multilingual,
    suppressed: ids(reader, name('suppressTokens'), fields.suppressTokens),
    suppressedAtBegin: ids(reader, name('beginSuppressTokens'), fields.beginSuppressTokens),
    maxInitialTimestamp: count('maxInitialTimestamp', 0),
    tokenizer: fileOf(reader, name('tokenizer'), fields.tokenizer),
    vad: fields.vad === undefined ? undefined : fileOf(reader, name('vad'), fields.vad),
    variants: variantsOf(reader, name('variants'), fields.variants),
  };
}

function ids(reader: DescriptorReader, name: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > 2 ** 16) reader.fail(name, 'a list of tokens', value);
  return (value as unknown[]).map((id, i) => reader.count(`${name}[${i}]`, id, 0));
}

function fileOf(reader: DescriptorReader, name: string, value: unknown): readonly [string, string] {
  const { file, sha256 } = reader.object(name, value);
  return [reader.inside(`${name}.file`, file), reader.digest(`${name}.sha256`, sha256)];
}

function variantsOf(
  reader: DescriptorReader,
  name: string,
  value: unknown,
): ReadonlyMap<DecoderPrecision, DecoderVariant> {
  const fields = reader.object(name, value);
  const found = precisions.filter((precision) => Object.hasOwn(fields, precision));
  if (found.length === 0) reader.fail(name, "an object with 'fp32' or 'int8'", value);
  return new Map(found.map((precision) => [precision, variantOf(reader, `${name}.${precision}`, fields[precision])]));
}

function variantOf(reader: DescriptorReader, name: string, value: unknown): DecoderVariant {
  const fields = reader.object(name, value);
  const digests = reader.digests(`${name}.files`, fields.files);
  const model = (key: 'cross' | 'decoder' | 'align'): string => {
    const path = reader.inside(`${name}.${key}`, fields[key]);
    if (!digests.has(path)) reader.fail(`${name}.${key}`, `one of ${name}.files`, fields[key]);
    return path;
  };
  return { cross: model('cross'), decoder: model('decoder'), align: model('align'), digests };
}
