import { RequestInvalidError } from '../../errors.js';
import type { AudioEngine, EngineSpeech, EngineSpeechRequest } from '../engine.js';
import { asCochlea, isAbort } from '../parts/failure.js';

/**
 * Asks an engine to speak.
 *
 * @throws {RequestInvalidError} It does not speak.
 * @throws {CochleaError} It failed.
 */
export async function askToSpeak(engine: AudioEngine, request: EngineSpeechRequest): Promise<EngineSpeech> {
  if (!engine.speech) throw new RequestInvalidError('ERR_REQUEST_INVALID', `the model ${request.model} does not speak`);
  try {
    return await engine.speech(request);
  } catch (error) {
    throw isAbort(error) ? error : asCochlea(error);
  }
}
