export type { Cue } from './cue.js';
export { parseSrt, renderSrt } from './srt.js';
export { parseVtt, renderVtt } from './vtt.js';
