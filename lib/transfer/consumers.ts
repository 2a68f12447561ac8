/**
 * Descriptors in the words of the programs that take our tensors: NVIDIA Dynamo (ai-dynamo 1.6,
 * components/src/dynamo/common/multimodal/embedding_transfer.py) and vLLM (0.32, docs/features/multimodal_inputs.md).
 */
import { TransferInvalidError } from '../errors.js';
import type { FileDescriptor, InlineDescriptor, NixlDescriptor } from './types.js';

/** What the receivers of NVIDIA Dynamo take. */
export interface DynamoTransferRequest {
  /** Size of each axis, outermost first. */
  readonly embeddings_shape: readonly number[];
  /** Element type, named as in PyTorch. */
  readonly embedding_dtype_str: string;
  /** A path for `LocalEmbeddingReceiver`, an object for the receivers of NIXL. */
  readonly serialized_request: unknown;
}

/**
 * A descriptor as a `TransferRequest` of Dynamo: of a file with layout `dynamo`, or of NIXL.
 *
 * @throws {TransferInvalidError} Dynamo has no receiver for this descriptor.
 */
export function dynamoTransferRequest(descriptor: FileDescriptor | NixlDescriptor): DynamoTransferRequest {
  const { shape, dtype } = descriptor;
  const request = { embeddings_shape: shape, embedding_dtype_str: dtype };
  if (descriptor.mode === 'nixl') return { ...request, serialized_request: descriptor.serialized_request };
  if (descriptor.mode === 'file' && descriptor.layout === 'dynamo') {
    return { ...request, serialized_request: descriptor.path };
  }
  throw unfit('Dynamo', "mode 'nixl', or mode 'file' with layout 'dynamo'");
}

/** The size of a tensor that vLLM finds in a file. */
export interface VllmAudioTokens {
  /** Rows of the tensor. */
  readonly audio_num_tokens: readonly [number];
}

/** A part of a chat message for `vllm serve --enable-mm-embeds`. */
export interface VllmAudioEmbedsPart {
  /** Says which part it is. */
  readonly type: 'audio_embeds';
  /** The tensor itself, in base64, or how many tokens the file has. */
  readonly audio_embeds: string | VllmAudioTokens;
  /** By which vLLM finds the file, and by which it caches. */
  readonly uuid?: string;
}

/**
 * A descriptor as the part of a chat message that vLLM takes: of format `torch`, or of a file with layout `vllm`. The
 * tensor is `[tokens, dimension]`, for one clip.
 *
 * @throws {TransferInvalidError} vLLM does not take this descriptor.
 */
export function vllmAudioEmbeds(descriptor: InlineDescriptor | FileDescriptor): VllmAudioEmbedsPart {
  const { shape } = descriptor;
  const [tokens, dimension] = shape;
  if (tokens === undefined || dimension === undefined || shape.length !== 2) {
    throw unfit('vLLM', `the shape [tokens, dimension], and not [${shape}]`);
  }
  if (descriptor.mode === 'inline' && descriptor.format === 'torch') {
    return { type: 'audio_embeds', audio_embeds: descriptor.data };
  }
  if (descriptor.mode === 'file' && descriptor.uuid !== undefined) {
    return { type: 'audio_embeds', audio_embeds: { audio_num_tokens: [tokens] }, uuid: descriptor.uuid };
  }
  throw unfit('vLLM', "mode 'inline' with format 'torch', or mode 'file' with layout 'vllm'");
}

function unfit(who: string, what: string): TransferInvalidError {
  return new TransferInvalidError('ERR_TRANSFER_INVALID', `${who} takes descriptors of ${what}`);
}
