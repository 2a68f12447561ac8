/** What other floors use, and the package does not export. */
export { formats } from './formats.js';
export { checkStreamOptions } from './options.js';
