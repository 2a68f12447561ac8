import { checkReady, type ReadySource } from './checked_source.js';
import { OpenAudioSource } from './open_source.js';
import type { AudioSource as AnySource } from './types.js';

/**
 * Opens a source for many requests: ranges of one long file, for example.
 *
 * @throws {TypeError} The source is not a path, a `file:` URL or bytes.
 * @example
 * using talk = AudioSource.open('talk.mp3');
 * await decode(talk, { start: 3600, end: 3610 });
 */
function open(source: ReadySource): OpenAudioSource {
  return new OpenAudioSource(checkReady(source));
}

/** Whatever audio can be decoded from. */
export type AudioSource = AnySource;
export const AudioSource: { readonly open: typeof open } = Object.freeze({ open });
