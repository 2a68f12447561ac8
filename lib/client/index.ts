/**
 * The other side of a service of embeddings: asks one or several `cochlea serve`, and takes the tensors.
 *
 * @example
 * import { EncodeClient } from 'cochlea/client';
 * const client = new EncodeClient({ addresses: ['http://10.0.0.7:8000', 'http://10.0.0.8:8000'], apiKey });
 * const { tensor } = await client.embed('https://example.com/talk.mp3', { signal });
 *
 * @module cochlea/client
 */
export type { AddressStats } from '../services/addresses.js';
export { EncodeClient } from './client.js';
export type {
  ClipSource,
  EncodeCallOptions,
  EncodeClientOptions,
  FailedClip,
  ReceivedClip,
} from './types.js';
