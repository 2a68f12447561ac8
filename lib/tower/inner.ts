/** What the command uses of towers, beside what everybody does. Not exported by the package. */
export { checkEmbedOptions } from './options.js';
