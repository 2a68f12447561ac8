/** What others use of towers, beside what everybody does. Not exported by the package. */
export { DescriptorReader } from './descriptor_reader.js';
export { checkPath } from './load.js';
export { checkEmbedOptions } from './options.js';
export { checkFiles, verifyFiles } from './verify.js';
