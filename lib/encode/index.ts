export { encode } from './encode.js';
export { encodeStream } from './encode_stream.js';
export type { EncodeFormat, EncodeOptions, EncodeStreamOptions } from './types.js';
