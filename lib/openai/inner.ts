export { speechFormats } from './engine.js';
export { engineFor } from './engine_for.js';
export { eventFor } from './events.js';
export { type Recorder, type RecordingRequest, streamRecording, transcribeRecording } from './recording.js';
export { speechTypes } from './speech/formats.js';
export { servedSpeech } from './speech/served.js';
export { languageCode } from './transcript/languages.js';
export { needsOf, renderTranscript, transcriptFormats } from './transcript/render.js';
