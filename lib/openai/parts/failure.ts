import { AbortError, CochleaError, type FailedRange, InternalError, TranscriptPartialError } from '../../errors.js';
import type { Transcript } from '../../transcript.js';
import { mergeTranscripts, type PartTranscript } from '../transcript/merge.js';
import type { Part } from './types.js';

/**
 * The error of a part. What nobody expected is ours, or the engine's. It is the cause, and no part of the message: that may
 * be told to strangers.
 */
export function asCochlea(thrown: unknown): CochleaError {
  if (thrown instanceof CochleaError) return thrown;
  return new InternalError('ERR_AUDIO_INTERNAL', 'the engine failed', { cause: thrown });
}

/** A mistake of the caller: a source that is none, or a callback that throws. It is thrown as it is. */
export class CallersError extends Error {
  constructor(cause: unknown) {
    super('the caller made a mistake', { cause });
  }
}

/** @throws {CallersError} */
export function byCaller<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw new CallersError(error);
  }
}

/** @throws {InternalError} An engine gave something else: its text would be lost in silence. */
export function checkTranscript(transcript: Transcript | undefined): Transcript {
  if (typeof transcript?.text === 'string') return transcript;
  throw new InternalError('ERR_AUDIO_INTERNAL', 'the engine gave no transcript');
}

/** What became of the parts of a recording. It keeps what succeeded, whatever happens to the rest. */
export class Outcomes {
  readonly #done: (PartTranscript | undefined)[] = [];
  readonly #failed: FailedRange[] = [];
  readonly #speakers: readonly string[];
  /** Where the last part that was cut ends. */
  #end = 0;

  constructor(speakers: readonly string[]) {
    this.#speakers = speakers;
  }

  /** A part is about to be asked for. */
  begin({ start, seconds }: Part): void {
    this.#end = start + seconds;
  }

  add({ index, start }: Part, transcript: PartTranscript['transcript']): void {
    this.#done[index] = { start, transcript };
  }

  fail({ start, seconds }: Part, error: CochleaError): void {
    this.#failed.push({ start, end: start + seconds, error });
  }

  /** The audio could not be decoded any further. */
  failRest(error: CochleaError): void {
    this.#failed.push({ start: this.#end, end: null, error });
  }

  /**
   * @throws {TranscriptPartialError} Some parts failed, and some did not.
   * @throws {CochleaError} Nothing succeeded: the first failure.
   */
  result(): PartTranscript['transcript'] {
    const parts = this.#done.filter((each) => each !== undefined);
    const failures = this.#failed.toSorted((a, b) => a.start - b.start);
    const [first] = failures;
    if (first === undefined) return mergeTranscripts(parts, this.#speakers);
    if (parts.length === 0) throw first.error;
    throw new TranscriptPartialError(failures, mergeTranscripts(parts, this.#speakers));
  }
}

/** Whether somebody stopped it. */
export function isAbort(error: unknown): boolean {
  return error instanceof AbortError || (error as Error | undefined)?.name === 'AbortError';
}
