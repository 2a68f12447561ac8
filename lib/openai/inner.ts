export { speechFormats } from './engine.js';
export { eventFor } from './events.js';
export { type Recorder, type RecordingRequest, streamRecording, transcribeRecording } from './recording.js';
export { speechTypes } from './speech/formats.js';
export { servedSpeech } from './speech/served.js';
export { needsOf, renderTranscript, transcriptFormats } from './transcript/render.js';
