/**
 * Models for the AI SDK: transcription of any audio of any length, and speech, by servers or by an engine of your own.
 *
 * @module cochlea/ai
 */
export { type CochleaProvider, type CochleaProviderOptions, createCochlea } from './provider.js';
export type * from './types.js';
