export { speechFormats } from './engine.js';
export { engineFor } from './engine_for.js';
export { eventFor } from './events.js';
export { asCochlea } from './parts/failure.js';
export { type Recorder, type RecordingRequest, streamRecording, transcribeRecording } from './recording.js';
export { askToSpeak } from './speech/ask.js';
export { speechTypes } from './speech/formats.js';
export { servedSpeech } from './speech/served.js';
export { needsOf, renderTranscript, transcriptFormats } from './transcript/render.js';
