import {
  addressKind,
  type ErrorCode,
  type ErrorKind,
  errorKinds,
  type Fault,
  type LimitName,
  limitKinds,
  sourceKind,
  spoolPassing,
} from './error_kinds.js';
import type { Transcript } from './transcript.js';

export type { ErrorCode, Fault, LimitName } from './error_kinds.js';

/** Options of the errors below. Declared here because `ErrorOptions` is not in `lib: es2020`. */
export interface Cause {
  readonly cause?: unknown;
}

/** Base of all errors below. `message` says what is wrong with which input, `remedy` what to do about it. */
export class CochleaError extends Error {
  /** The code of the error. docs/errors.md describes each. */
  readonly code: ErrorCode;
  /** Who has to act: the sender of the audio, or the service. */
  readonly fault: Fault;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** What to do about it, in a sentence or two. */
  readonly remedy: string;
  /**
   * Names the source or clip. `AudioLoader` sets it to at most 120 characters on one line, without the query of an
   * address, credentials, or content. `AudioTower` sets it to the clip of the call: `audio[2]`.
   */
  declare label?: string;
  /** The error that caused this one. Declared here because the `Error` of `lib: es2020` has no `cause`. */
  declare readonly cause?: unknown;

  /** @hidden Cochlea makes errors; callers catch them. */
  constructor(code: ErrorCode, message: string, options?: Cause, kind: ErrorKind = errorKinds[code]) {
    super(message, options);
    this.code = code;
    this.fault = kind.fault;
    this.retryable = kind.retryable;
    this.remedy = kind.remedy;
    this.name = new.target.name;
  }
}

/** `ERR_AUDIO_UNSUPPORTED_CONTAINER`: the bytes are not in a supported container. */
export class UnsupportedContainerError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER';
}
/** `ERR_AUDIO_UNSUPPORTED_CODEC`: the container is supported, but the codec of its audio is not. */
export class UnsupportedCodecError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_UNSUPPORTED_CODEC';
}
/** `ERR_AUDIO_UNSUPPORTED_LAYOUT`: the downmix cannot turn the source's channels into those asked for. */
export class UnsupportedLayoutError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_UNSUPPORTED_LAYOUT';
}
/** `ERR_AUDIO_NO_STREAM`: the container has no audio stream, or not the one asked for. */
export class NoStreamError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_NO_STREAM';
}
/** `ERR_AUDIO_EMPTY`: the source has no bytes or yields no samples, or there are no samples to encode. */
export class EmptyAudioError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_EMPTY';
}

/** `ERR_AUDIO_RANGE`: the range begins at or after the end of the audio, or is shorter than a frame. */
export class AudioRangeError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_RANGE';
}
/** `ERR_AUDIO_CORRUPT`: the audio is damaged. Nothing can be decoded, or there is damage with `onDamage: 'error'`. */
export class CorruptAudioError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_CORRUPT';
}
/** `ERR_AUDIO_ENCRYPTED`: the audio is encrypted. */
export class EncryptedAudioError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_ENCRYPTED';
}
/** `ERR_AUDIO_NON_FINITE`: a sample or a feature is NaN or infinite. */
export class NonFiniteError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_NON_FINITE';
}

/** `ERR_AUDIO_SOURCE`: the source cannot be read. `fault` and `retryable` follow from its `cause`. */
export class SourceError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_SOURCE';

  /** @hidden */
  constructor(code: 'ERR_AUDIO_SOURCE', message: string, options?: Cause) {
    super(code, message, options, sourceKind(errorKinds[code], options?.cause));
  }
}

/** `ERR_AUDIO_SPOOL`: a temporary file cannot be created or written. `retryable` follows from its `cause`. */
export class SpoolError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_SPOOL';

  /** @hidden */
  constructor(code: 'ERR_AUDIO_SPOOL', message: string, options?: Cause) {
    const retryable = spoolPassing.includes(String((options?.cause as NodeJS.ErrnoException | undefined)?.code));
    super(code, message, options, { ...errorKinds[code], retryable });
  }
}

/** `ERR_AUDIO_INTERNAL`: memory ran out, or Cochlea or FFmpeg has a bug. */
export class InternalError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_INTERNAL';
}

/** Why an address or file is refused. */
export type RefusalReason =
  /** Not an address, or not `https:` (or `http:`, if that is allowed). */
  | 'scheme'
  /** A user name or password in the address. */
  | 'credentials'
  /** A name for private use, or not one of `allowedHosts`. */
  | 'host'
  /** The host has an address that is not public. */
  | 'address'
  /** More redirects than allowed. */
  | 'redirects'
  /** A file outside `allowedRoot`, or no root is set. */
  | 'root';

/** `ERR_FETCH_REFUSED`: the loader may not read this address or file. `reason` names the rule that refuses it. */
export class FetchRefusedError extends CochleaError {
  declare readonly code: 'ERR_FETCH_REFUSED';
  /** Which rule refuses it. */
  readonly reason: RefusalReason;

  /** @hidden `kind`: if the fault is not that of the sender of the address. */
  constructor(message: string, reason: RefusalReason, kind?: ErrorKind) {
    super('ERR_FETCH_REFUSED', message, undefined, kind);
    this.reason = reason;
  }
}

/** Why an address did not return a complete body. */
export type FetchFailureReason =
  /** The timeout of the fetch, or of connecting, passed. */
  | 'timeout'
  /** The name of the host does not exist, or cannot be looked up now. */
  | 'dns'
  /** The host does not accept the connection. */
  | 'connect'
  /** The certificate is not valid, or there is no common TLS version. */
  | 'tls'
  /** The connection was closed before the answer. */
  | 'reset'
  /** The connection was closed before the end of the body. */
  | 'incomplete'
  /** The answer is not HTTP, or has an encoding that was not requested. */
  | 'protocol'
  /** The status is not 200; `status` holds it. */
  | 'status';

/** Details of a failed fetch. */
export interface FetchFailure extends Cause {
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly answer?: string | undefined;
}

/** `ERR_FETCH_FAILED`: the address did not return a complete body. `reason` says why. */
export class FetchFailedError extends CochleaError {
  declare readonly code: 'ERR_FETCH_FAILED';
  /** Why the fetch failed. */
  readonly reason: FetchFailureReason;
  /** The status of the answer; `null` if there was none. */
  readonly status: number | null;
  /** Seconds after which the server asks to try again; `null` if it does not say. */
  readonly retryAfter: number | null;
  /**
   * The text of an answer with a failing status, cut at 8 KiB, for logs. It may be hostile. `null` if there was none.
   */
  readonly answer: string | null;

  /** @hidden `final`: trying again would not help. */
  constructor(message: string, reason: FetchFailureReason, final: boolean, options: FetchFailure = {}) {
    const { status = null, retryAfter = null, answer = null, ...rest } = options;
    super('ERR_FETCH_FAILED', message, rest, final ? addressKind : undefined);
    this.reason = reason;
    this.status = status;
    this.retryAfter = retryAfter;
    this.answer = answer;
  }
}

/** `ERR_AUDIO_TOO_SHORT`: the clip is shorter than one frame of features or one token. */
export class AudioTooShortError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_TOO_SHORT';
}
/** `ERR_PROVIDER_UNAVAILABLE`: ONNX Runtime is missing, or the provider does not work on this machine. */
export class ProviderUnavailableError extends CochleaError {
  declare readonly code: 'ERR_PROVIDER_UNAVAILABLE';
}
/** `ERR_MODEL_INVALID`: the model cannot be read, is damaged, or has the wrong inputs or outputs. */
export class ModelInvalidError extends CochleaError {
  declare readonly code: 'ERR_MODEL_INVALID';
}
/** `ERR_MODEL_FAILED`: a run of the model failed, or its thread ended. */
export class ModelFailedError extends CochleaError {
  declare readonly code: 'ERR_MODEL_FAILED';
}
/** `ERR_TENSORS_INVALID`: the bytes are not a complete, valid safetensors or NumPy file. */
export class TensorsInvalidError extends CochleaError {
  declare readonly code: 'ERR_TENSORS_INVALID';
}

/** `ERR_SUBTITLES_INVALID`: the text is not a valid SRT or WebVTT file. */
export class SubtitlesInvalidError extends CochleaError {
  declare readonly code: 'ERR_SUBTITLES_INVALID';
  /** The number of the line that is wrong, from 1. */
  readonly line: number;

  /** @hidden */
  constructor(problem: string, line: number) {
    super('ERR_SUBTITLES_INVALID', `line ${line} of the subtitles: ${problem}`);
    this.line = line;
  }
}

/** `ERR_REQUEST_INVALID`: the request is not one that the worker or the service takes. */
export class RequestInvalidError extends CochleaError {
  declare readonly code: 'ERR_REQUEST_INVALID';
}
/** `ERR_UNAUTHORIZED`: the service needs a key, and the request has none, or another one. */
export class UnauthorizedError extends CochleaError {
  declare readonly code: 'ERR_UNAUTHORIZED';
}

/** `ERR_TRANSFER_INVALID`: the descriptor of a tensor is malformed. */
export class TransferInvalidError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_INVALID';
}
/** `ERR_TRANSFER_REFUSED`: the receiver does not accept what the descriptor names. */
export class TransferRefusedError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_REFUSED';
}
/** `ERR_TRANSFER_EXPIRED`: the tensor is no longer there. */
export class TransferExpiredError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_EXPIRED';
}
/** `ERR_TRANSFER_CORRUPT`: the bytes are not those of the descriptor. */
export class TransferCorruptError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_CORRUPT';
}
/** `ERR_TRANSFER_FAILED`: a tensor cannot be written, sent or read. */
export class TransferFailedError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_FAILED';
}
/** `ERR_TRANSFER_TOO_LARGE`: the tensor is larger than the sender or the receiver allows. */
export class TransferTooLargeError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_TOO_LARGE';
}
/** `ERR_TRANSFER_UNAVAILABLE`: this mode of transfer does not work on this machine. */
export class TransferUnavailableError extends CochleaError {
  declare readonly code: 'ERR_TRANSFER_UNAVAILABLE';
}

/** What is known of a service that failed. */
export interface ServiceFailure extends Cause {
  readonly status?: number | undefined;
  readonly serviceCode?: string | undefined;
}

/** `ERR_SERVICE_FAILED`: a service cannot be reached, ends its answer too early, or answers what it should not. */
export class ServiceFailedError extends CochleaError {
  declare readonly code: 'ERR_SERVICE_FAILED';
  /** The HTTP status of the answer; `null` if there was none, or if it was not to blame. */
  readonly status: number | null;
  /** The code of its error, if it is none of `ErrorCode`: of a later version, or of a proxy. Otherwise `null`. */
  readonly serviceCode: string | null;

  /** @hidden */
  constructor(message: string, options: ServiceFailure = {}, kind?: ErrorKind) {
    const { status = null, serviceCode = null, ...rest } = options;
    super('ERR_SERVICE_FAILED', message, rest, kind);
    this.status = status;
    this.serviceCode = serviceCode;
  }
}

/** A part of a recording that has no text. */
export interface FailedRange {
  /** Where it begins, in seconds. */
  readonly start: number;
  /** Where it ends; `null` if nobody knows, since the audio could not be decoded any further. */
  readonly end: number | null;
  /** Why it failed. */
  readonly error: CochleaError;
}

/** `ERR_TRANSCRIPT_PARTIAL`: parts of a long recording failed. `transcript` is that of the others. */
export class TranscriptPartialError extends CochleaError {
  declare readonly code: 'ERR_TRANSCRIPT_PARTIAL';
  /** The parts that failed, in the order of time. */
  readonly failures: readonly FailedRange[];
  /** What succeeded. Its times are those of the recording. */
  readonly transcript: Transcript;

  /** @hidden */
  constructor(failures: readonly FailedRange[], transcript: Transcript) {
    const [first] = failures as readonly [FailedRange];
    const ranges = failures.map(({ start, end }) => `${start.toFixed(1)}–${end === null ? 'end' : end.toFixed(1)} s`);
    super('ERR_TRANSCRIPT_PARTIAL', `there is no text of ${ranges.join(', ')}: ${first.error.message}`, undefined, {
      ...errorKinds.ERR_TRANSCRIPT_PARTIAL,
      fault: first.error.fault,
      retryable: failures.every(({ error }) => error.retryable),
    });
    this.failures = failures;
    this.transcript = transcript;
  }
}

/** `ERR_BUSY`: the queue is full. */
export class BusyError extends CochleaError {
  declare readonly code: 'ERR_BUSY';
}

/** `ERR_CLOSED`: an object was used after its `close()`, or closed while it was in use. */
export class ClosedError extends CochleaError {
  declare readonly code: 'ERR_CLOSED';
}

/** `ERR_ADDON_UNAVAILABLE`: the native addon is missing or does not load on this machine. */
export class AddonUnavailableError extends CochleaError {
  declare readonly code: 'ERR_ADDON_UNAVAILABLE';
}

/** `ERR_AUDIO_LIMIT`: a limit was reached. `limit` names it. */
export class LimitError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_LIMIT';
  /** Which limit was reached. */
  readonly limit: LimitName;
  /** Value of the limit: bytes, seconds, channels, audio streams, Hz, or milliseconds for `timeout`. */
  readonly max: number;
  /** The value that exceeds the limit, in the unit of `max`. A size that was found while decoding may be larger. */
  readonly actual: number;

  /** @hidden */
  constructor(message: string, limit: LimitName, max: number, actual: number, options?: Cause) {
    super('ERR_AUDIO_LIMIT', message, options, limitKinds[limit]);
    this.limit = limit;
    this.max = max;
    this.actual = actual;
  }
}

/**
 * The rejection of an aborted call, as in Node's own API. `cause` is the signal's reason. Not a `CochleaError`, because
 * nothing went wrong.
 */
export class AbortError extends Error {
  /** As in Node's own `AbortError`. */
  readonly code = 'ABORT_ERR';
  /** As in Node's own `AbortError`. */
  override readonly name = 'AbortError';

  /** @hidden */
  constructor(reason?: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}

/** The class that reports each code. */
export const errorClasses = {
  ERR_AUDIO_UNSUPPORTED_CONTAINER: UnsupportedContainerError,
  ERR_AUDIO_UNSUPPORTED_CODEC: UnsupportedCodecError,
  ERR_AUDIO_UNSUPPORTED_LAYOUT: UnsupportedLayoutError,
  ERR_AUDIO_NO_STREAM: NoStreamError,
  ERR_AUDIO_EMPTY: EmptyAudioError,
  ERR_AUDIO_RANGE: AudioRangeError,
  ERR_AUDIO_CORRUPT: CorruptAudioError,
  ERR_AUDIO_ENCRYPTED: EncryptedAudioError,
  ERR_AUDIO_NON_FINITE: NonFiniteError,
  ERR_AUDIO_LIMIT: LimitError,
  ERR_AUDIO_SOURCE: SourceError,
  ERR_AUDIO_SPOOL: SpoolError,
  ERR_AUDIO_INTERNAL: InternalError,
  ERR_FETCH_REFUSED: FetchRefusedError,
  ERR_FETCH_FAILED: FetchFailedError,
  ERR_AUDIO_TOO_SHORT: AudioTooShortError,
  ERR_PROVIDER_UNAVAILABLE: ProviderUnavailableError,
  ERR_MODEL_INVALID: ModelInvalidError,
  ERR_MODEL_FAILED: ModelFailedError,
  ERR_TENSORS_INVALID: TensorsInvalidError,
  ERR_SUBTITLES_INVALID: SubtitlesInvalidError,
  ERR_REQUEST_INVALID: RequestInvalidError,
  ERR_UNAUTHORIZED: UnauthorizedError,
  ERR_TRANSFER_INVALID: TransferInvalidError,
  ERR_TRANSFER_REFUSED: TransferRefusedError,
  ERR_TRANSFER_EXPIRED: TransferExpiredError,
  ERR_TRANSFER_CORRUPT: TransferCorruptError,
  ERR_TRANSFER_FAILED: TransferFailedError,
  ERR_TRANSFER_TOO_LARGE: TransferTooLargeError,
  ERR_TRANSFER_UNAVAILABLE: TransferUnavailableError,
  ERR_SERVICE_FAILED: ServiceFailedError,
  ERR_TRANSCRIPT_PARTIAL: TranscriptPartialError,
  ERR_BUSY: BusyError,
  ERR_CLOSED: ClosedError,
  ERR_ADDON_UNAVAILABLE: AddonUnavailableError,
} as const satisfies Record<ErrorCode, unknown>;
