/** What other floors use of decoding, beside what everybody does. Not exported by the package. */
export { checkSources, heedErrorsOf } from './decode_all.js';
export { apart, checkRequest, decoderKeys, positive, requestKeys } from './options.js';
export { audioChunk, frameAt, shapeOf } from './pieces/chunk.js';
export { withFacts } from './pieces/facts.js';
export { checkBytes, readBlob } from './source/checked_source.js';
