/**
 * The encode worker: requests in, embeddings in someone else's hands.
 *
 * @example
 * import { AudioLoader } from 'cochlea/load';
 * import { AudioTower } from 'cochlea/tower';
 * import { FileSender } from 'cochlea/transfer';
 * import { EncodeWorker } from 'cochlea/worker';
 * const tower = await AudioTower.load('models/qwen2-audio');
 * const worker = new EncodeWorker({ loader: new AudioLoader(), tower, transfer: new FileSender({ layout: 'vllm' }) });
 * for await (const response of worker.generate(request, { signal })) send(response);
 *
 * @module cochlea/worker
 */
export {
  type CacheChange,
  EmbeddingCache,
  type EmbeddingCacheOptions,
  type EmbeddingCacheStats,
} from './cache.js';
export { encodeRequestSchema } from './schema.js';
export type {
  DynamoInput,
  EmbeddedItem,
  EmbeddingDType,
  EmbedResponse,
  EncodeAddress,
  EncodeChatRequest,
  EncodeCounts,
  EncodeDynamoRequest,
  EncodedItem,
  EncodeError,
  EncodeItem,
  EncodeItemsRequest,
  EncodeRange,
  EncodeRequest,
  EncodeRequestBase,
  EncodeResponse,
  EncodeSummary,
  EncodeTimings,
  FailedItem,
  ItemFacts,
} from './types.js';
export {
  EncodeWorker,
  type EncodeWorkerLimits,
  type EncodeWorkerOptions,
  type EncodeWorkerStats,
  type GenerateOptions,
} from './worker.js';
