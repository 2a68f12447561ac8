import type { AudioPart, ChatMessage, InputAudioPart, LoadSource } from '../load/index.js';
import type { Tensor } from '../tensors/tensor.js';
import type { TransferDescriptor } from '../transfer/index.js';

/** Element types in which embeddings are handed over. */
export type EmbeddingDType = 'float32' | 'float16' | 'bfloat16';

/** Where the audio of a clip is. */
export interface EncodeAddress {
  /** An address or a data URL. */
  readonly url: string;
}

/** A part of the audio of a clip. */
export interface EncodeRange {
  /** Seconds from the start; negative: from the end. Default: 0. */
  readonly start?: number | undefined;
  /** Seconds from the start. Default: the end. */
  readonly end?: number | undefined;
}

/** One clip of a request, by one of its three sources. */
export interface EncodeItem {
  /** An address or a data URL, alone or as `{ url }`. */
  readonly audio_url?: string | EncodeAddress | undefined;
  /** Base64 of an audio file, and its format as a hint. */
  readonly input_audio?: InputAudioPart['input_audio'] | undefined;
  /** An audio file, or any other source of `AudioLoader.load`. In process only: it is not JSON. */
  readonly bytes?: LoadSource | undefined;
  /** Comes back with the result. Default: none. */
  readonly id?: string | undefined;
  /** The part of the audio that is wanted, in seconds. Default: all of it. */
  readonly options?: EncodeRange | undefined;
}

/** What all forms of a request may say. */
export interface EncodeRequestBase {
  /** Comes back with every response. Default: a random one. */
  readonly request_id?: string | undefined;
  /** Name of the model. It must be the worker's. Default: the worker's. */
  readonly model?: string | undefined;
  /** Element type of the embeddings. Default: that of the tower. */
  readonly dtype?: EmbeddingDType | undefined;
  /** Milliseconds for the request. Clips that are not done by then fail. At least 1. Default and maximum: `limits.deadline`. */
  readonly deadline_ms?: number | undefined;
  /** Seconds for which the receiver may fetch the embeddings. Default: 60. */
  readonly lease?: number | undefined;
}

/** A list of clips. */
export interface EncodeItemsRequest extends EncodeRequestBase {
  /** The clips, in the order of `index`. */
  readonly items: readonly EncodeItem[];
}

/** The messages of a chat, as in OpenAI's API and vLLM: all `audio_url` and `input_audio` parts of all messages. */
export interface EncodeChatRequest extends EncodeRequestBase {
  /** The whole history. */
  readonly messages: readonly ChatMessage[];
}

/** The input of a request of NVIDIA Dynamo. */
export interface DynamoInput {
  /** An address or a data URL. */
  readonly audio_url: string;
}

/** The request of NVIDIA Dynamo's multimodal workers: one clip. Other fields stay as they are. */
export interface EncodeDynamoRequest extends EncodeRequestBase {
  /** Where the clip is. */
  readonly multimodal_input: DynamoInput;
  readonly [field: string]: unknown;
}

/** What a worker takes. */
export type EncodeRequest = EncodeItemsRequest | EncodeChatRequest | EncodeDynamoRequest;

/** Milliseconds that each stage of a clip took, waiting for its turn included. */
export interface EncodeTimings {
  /** Fetching and decoding. */
  readonly load_ms: number;
  /** Features and tower; near 0 where the embeddings were in the cache. */
  readonly embed_ms: number;
  /** Making the tensor ready for its receiver. */
  readonly transfer_ms: number;
}

/** What is known of a clip whose embeddings are there. */
export interface ItemFacts {
  /** Which clip of the request, from 0. */
  readonly index: number;
  /** As in the request. */
  readonly id?: string | undefined;
  /** [tokens, dimension]. */
  readonly embeddings_shape: readonly [number, number];
  /** Element type of the embeddings. */
  readonly embedding_dtype: EmbeddingDType;
  /** Tokens of the clip: as many placeholders as the prompt needs. */
  readonly tokens: number;
  /** Seconds of audio. */
  readonly duration: number;
  /** The same for equal samples and the same model, whatever file they came in: 16 hexadecimal digits. */
  readonly content_id: string;
  /** How long its stages took. */
  readonly timings: EncodeTimings;
  /** Problems that did not stop the clip: damaged audio, or a cut at the maximum length. */
  readonly warnings: readonly string[];
}

/** The embeddings of a clip, on their way to their receiver. */
export interface EncodedItem extends ItemFacts {
  /** Where the embeddings are: for `TensorReceiver`, `vllmAudioEmbeds` or `dynamoTransferRequest`. */
  readonly transfer: TransferDescriptor;
  /** For a request in Dynamo's form: the request with the embeddings in place of the address. Pass it to the next worker. */
  readonly request?: Readonly<Record<string, unknown>>;
}

/** The embeddings of a clip, in this process. */
export interface EmbeddedItem extends ItemFacts {
  /** [tokens, dimension]. It may be shared with the cache: do not write it. */
  readonly tensor: Tensor;
}

/** Why a clip failed: what a client may know. */
export interface EncodeError {
  /** See docs/errors.md. */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Who has to act: the sender of the request, or the service. */
  readonly fault: 'client' | 'server';
  /** Whether the same clip may succeed later. */
  readonly retryable: boolean;
}

/** A clip that failed. Its neighbours go on. */
export interface FailedItem {
  /** Which clip of the request, from 0. */
  readonly index: number;
  /** As in the request. */
  readonly id?: string | undefined;
  /** Why it failed. */
  readonly error: EncodeError;
}

/** Counts of a whole request. */
export interface EncodeCounts {
  /** As in the request, or a random one. */
  readonly request_id: string;
  /** Clips of the request. */
  readonly items: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** Tokens of the others together. */
  readonly tokens: number;
  /** Seconds of audio of the others together. */
  readonly duration: number;
  /** From the first question for a response to this one. */
  readonly milliseconds: number;
}

/** The last response of a request. */
export interface EncodeSummary {
  /** Counts of the whole request. */
  readonly summary: EncodeCounts;
}

/** What a worker answers: something for each clip, and a summary at the end. */
export type EncodeResponse = EncodedItem | FailedItem | EncodeSummary;

/** What `EncodeWorker.embed` answers. */
export type EmbedResponse = EmbeddedItem | FailedItem | EncodeSummary;

/** One clip of a request that was checked. */
export interface Item {
  readonly index: number;
  readonly id: string | undefined;
  readonly source: LoadSource | AudioPart;
  readonly range: { readonly start?: number; readonly end?: number };
}

/** A request that was checked, in one form for all. */
export interface CheckedRequest {
  readonly id: string;
  readonly items: readonly Item[];
  readonly dtype: EmbeddingDType | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  /** Seconds. */
  readonly lease: number | undefined;
  /** Of Dynamo's form. */
  readonly original: Readonly<Record<string, unknown>> | undefined;
}
