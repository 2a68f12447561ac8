export { checkTranscribeOptions } from './options.js';
export { temperatureOf, transcriptOf } from './transcript.js';
