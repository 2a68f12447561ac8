/** What other floors use of features, beside what everybody does. Not exported by the package. */
export { checkAudio } from './clips.js';
export { hertzToMel } from './mel.js';
