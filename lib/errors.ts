import { type ErrorKind, type Fault, sourceKind, spoolPassing } from './error_kind.js';

export type { ErrorKind, Fault } from './error_kind.js';

/**
 * Every error that Cochlea reports on purpose. The table below is the one source of codes: the classes
 * take fault and retryability from it, and `docs/errors.md` is generated from it.
 */

/** What made it fail. `ErrorOptions` by another name: `lib: es2020` has none. */
export interface Cause {
  readonly cause?: unknown;
}

export const errorKinds = {
  ERR_AUDIO_UNSUPPORTED_CONTAINER: {
    fault: 'client',
    retryable: false,
    meaning: 'No container that Cochlea opens was recognised in the bytes.',
    remedy: 'Send the audio in a common format: WAV, FLAC, MP3, M4A, Ogg or WebM.',
    service:
      'docs/formats.md lists all formats. Headerless PCM needs the `raw` option. A service that takes forms parses the form first: docs/guide/uploads.md.',
  },
  ERR_AUDIO_UNSUPPORTED_CODEC: {
    fault: 'client',
    retryable: false,
    meaning: 'The container is known, but none of its audio streams has a codec that Cochlea decodes.',
    remedy: 'Convert the audio to a common codec: PCM, FLAC, MP3, AAC, Vorbis or Opus.',
    service: 'docs/formats.md lists all codecs.',
  },
  ERR_AUDIO_UNSUPPORTED_LAYOUT: {
    fault: 'client',
    retryable: false,
    meaning: 'The chosen downmix cannot turn the channels of the source into the channels of the request.',
    remedy: 'Send mono or stereo audio.',
    service: "`channels: 'native'`, or `channels: 1` with `downmix: 'mean'`, take any number of channels.",
  },
  ERR_AUDIO_NO_STREAM: {
    fault: 'client',
    retryable: false,
    meaning: 'The container holds no audio stream, or not the one that `stream` names.',
    remedy: 'Send a file that has sound.',
    service: '`probe` lists the audio streams of a file.',
  },
  ERR_AUDIO_EMPTY: {
    fault: 'client',
    retryable: false,
    meaning: 'The source has no bytes or yields no samples, or there are no samples to encode.',
    remedy: 'Check that the upload was complete and that the recording is not empty.',
  },
  ERR_AUDIO_RANGE: {
    fault: 'client',
    retryable: false,
    meaning: 'The requested range begins at or after the end of the audio, or is shorter than one frame.',
    remedy: 'Ask for a part that lies inside the audio, or send longer audio.',
    service: '`probe` tells the duration where the header states one.',
  },
  ERR_AUDIO_CORRUPT: {
    fault: 'client',
    retryable: false,
    meaning: "The audio is damaged: nothing in it decodes, or `onDamage: 'error'` met the first damage.",
    remedy: 'Send the file again, whole, or save it anew with the program that made it.',
    service: "With `onDamage: 'conceal'` whatever decodes is returned, with a report of the damage.",
  },
  ERR_AUDIO_ENCRYPTED: {
    fault: 'client',
    retryable: false,
    meaning:
      'The audio is encrypted (Common Encryption, FairPlay, Audible, Windows Media DRM, Matroska, a scrambled broadcast): without the key it would decode to noise. `probe` still describes it, as not decodable.',
    remedy: 'Send audio without copy protection.',
  },
  ERR_AUDIO_NON_FINITE: {
    fault: 'server',
    retryable: false,
    meaning: 'An input sample or feature is NaN or infinite. The message says which one.',
    remedy: 'Find the step that produced it, for example a division by a maximum of zero.',
  },
  ERR_AUDIO_LIMIT: {
    fault: 'client',
    retryable: false,
    meaning: 'A limit was reached. `limit` names it, `max` is its value, `actual` is the value that exceeded it.',
    remedy: 'Send shorter or smaller audio.',
    service:
      "Raise the limit where the decoder is made. `timeout` is the server's fault and retryable; `encodedBytes` is the server's fault too.",
  },
  ERR_AUDIO_SOURCE: {
    fault: 'client',
    retryable: false,
    meaning:
      'The file, blob, data URL or message part cannot be read. `cause.code` holds the code of the operating system.',
    remedy: 'Check that what you name exists and is a regular file, or that what you sent is whole and well-formed.',
    service:
      'The fault is yours where `cause` says so: permissions (EACCES), too many open files (EMFILE, retryable), a failing disk (EIO, retryable), a stream whose chunks are not bytes.',
  },
  ERR_AUDIO_SPOOL: {
    fault: 'server',
    retryable: true,
    meaning:
      'The container of this stream must be buffered in a temporary file, and the file cannot be created or written. `cause.code` says why.',
    remedy:
      'Check that the folder for temporary files (TMPDIR) exists, is writable and has free space. Only temporary causes, such as a full disk (ENOSPC), are retryable.',
  },
  ERR_AUDIO_INTERNAL: {
    fault: 'server',
    retryable: true,
    meaning: 'Memory ran out, or Cochlea or FFmpeg has a bug.',
    remedy: 'Check the memory of the process; report it with the file if it happens again.',
  },
  ERR_FETCH_REFUSED: {
    fault: 'client',
    retryable: false,
    meaning:
      'The loader is not allowed to read this address or file, or the address redirects to one that it is not allowed to read. `reason` says why.',
    remedy: 'Give an https: address of a public host, or send the audio itself.',
    service: 'See the `allow…` options of `AudioLoader`. An `allowedRoot` that does not exist is your fault.',
  },
  ERR_FETCH_FAILED: {
    fault: 'server',
    retryable: true,
    meaning:
      'The address did not return a complete body. `reason` says why, `status` is the HTTP status of the answer.',
    remedy: 'Try again later.',
    service: 'Where the address itself is at fault, as with 404, `fault` and `retryable` say so.',
  },
  ERR_AUDIO_TOO_SHORT: {
    fault: 'client',
    retryable: false,
    meaning: 'The clip is too short for one frame of features or one token of the tower. The message gives its length.',
    remedy: 'Send longer audio.',
    service: 'Skip such clips before features and embeddings.',
  },
  ERR_PROVIDER_UNAVAILABLE: {
    fault: 'server',
    retryable: false,
    meaning:
      'ONNX Runtime is not installed, or the requested provider does not work on this machine. The message says why.',
    remedy: 'Do what the message says; `cochlea doctor` shows what this machine has and what is missing.',
  },
  ERR_MODEL_INVALID: {
    fault: 'server',
    retryable: false,
    meaning: 'The model cannot be read, is damaged, or does not fit: the message names the file, input or output.',
    remedy: 'Export the model again (tools/export), and copy all of its files.',
  },
  ERR_MODEL_FAILED: {
    fault: 'server',
    retryable: true,
    meaning: 'The model was loaded, but a run failed, or the thread of the model ended.',
    remedy: 'Try again; if memory ran out, use smaller batches. The next call starts a new thread by itself.',
  },
  ERR_TENSORS_INVALID: {
    fault: 'client',
    retryable: false,
    meaning: 'The bytes are not a valid safetensors file. The message says where they go wrong.',
    remedy: 'Send the file again, whole, with elements of a common type.',
  },
  ERR_BUSY: {
    fault: 'server',
    retryable: true,
    meaning: 'The queue is full: the maximum number of sources or clips is already waiting.',
    remedy: 'Try again later, or allow a longer queue where the loader or the tower is made.',
  },
  ERR_CLOSED: {
    fault: 'server',
    retryable: false,
    meaning: 'The object was already closed. The message names it: a loader, tower, extractor, source or stream.',
    remedy: 'Create a new one. While a service shuts down, answer 503.',
  },
  ERR_ADDON_UNAVAILABLE: {
    fault: 'server',
    retryable: false,
    meaning: 'The native addon is missing or does not load on this machine.',
    remedy: 'Follow the numbered steps in the message.',
  },
} as const satisfies Record<string, ErrorKind>;

/** The codes of all errors: docs/errors.md says what each means. @useDeclaredType */
export type ErrorCode = keyof typeof errorKinds;

/** Base of all errors below. `message` says what is wrong with which input, `remedy` what to do about it. */
export class CochleaError extends Error {
  /** Which error it is: docs/errors.md has a row for each. */
  readonly code: ErrorCode;
  /** Who has to act: the sender of the audio, or the service. */
  readonly fault: Fault;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** What to do about it, in a sentence or two. */
  readonly remedy: string;
  /**
   * Which source, set by `AudioLoader`: at most 120 characters on one line, without the query of an address,
   * credentials, or content. Which clip of a call, set by `AudioTower`: `audio[2]`.
   */
  declare label?: string;
  /** What made it fail. Stated here, since the `Error` of `lib: es2020` has none. */
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

/** A form that comes where a file was expected. */
export const multipartKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_UNSUPPORTED_CONTAINER,
  remedy: 'Send the file itself as the body (curl --data-binary @talk.mp3, not -F).',
};

/** `ERR_AUDIO_UNSUPPORTED_CONTAINER`: the bytes are in no container that Cochlea opens. */
export class UnsupportedContainerError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER';
}
/** `ERR_AUDIO_UNSUPPORTED_CODEC`: the container is known, the codec of its audio is not. */
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
/** `ERR_AUDIO_EMPTY`: the source has no bytes, or decodes to no sample; or there is no sample to encode. */
export class EmptyAudioError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_EMPTY';
}

/** Nobody sent what is to be encoded: the service made it. */
export const nothingToEncode: ErrorKind = {
  ...errorKinds.ERR_AUDIO_EMPTY,
  fault: 'server',
  remedy: 'Look for the step that made no samples.',
};
/** `ERR_AUDIO_RANGE`: the range begins at or after the end of the audio, or is shorter than a frame. */
export class AudioRangeError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_RANGE';
}
/** `ERR_AUDIO_CORRUPT`: the audio is damaged. Nothing decodes, or `onDamage: 'error'` met the first damage. */
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

/** `ERR_AUDIO_SPOOL`: a temporary file cannot be made or written. `retryable` follows from its `cause`. */
export class SpoolError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_SPOOL';

  /** @hidden */
  constructor(code: 'ERR_AUDIO_SPOOL', message: string, options?: Cause) {
    const retryable = spoolPassing.includes(String((options?.cause as NodeJS.ErrnoException | undefined)?.code));
    super(code, message, options, { ...errorKinds[code], retryable });
  }
}

/** `ERR_AUDIO_INTERNAL`: memory ran out, or a bug in Cochlea or FFmpeg. */
export class InternalError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_INTERNAL';
}

/** Why an address or file is not read at all. */
export type RefusalReason =
  /** Not `https:` (or `http:`, where that is allowed), or not an address. */
  | 'scheme'
  /** A user name or password in the address. */
  | 'credentials'
  /** A name for private use, or not one of `allowedHosts`. */
  | 'host'
  /** The host has an address that is not public. */
  | 'address'
  /** More redirects than allowed. */
  | 'redirects'
  /** A file outside of `allowedRoot`, or no root is set. */
  | 'root';

/** The service names a folder that may be read, and there is none. */
export const missingRoot: ErrorKind = {
  ...errorKinds.ERR_FETCH_REFUSED,
  fault: 'server',
  remedy: 'Make the folder of `allowedRoot`, or see why it cannot be found.',
};

/** `ERR_FETCH_REFUSED`: the loader may not read this address or file. `reason` says which rule refuses it. */
export class FetchRefusedError extends CochleaError {
  declare readonly code: 'ERR_FETCH_REFUSED';
  /** Which rule refuses it. */
  readonly reason: RefusalReason;

  /** @hidden `kind`: where it is not the fault of whoever gave the address. */
  constructor(message: string, reason: RefusalReason, kind?: ErrorKind) {
    super('ERR_FETCH_REFUSED', message, undefined, kind);
    this.reason = reason;
  }
}

/** Why an address gave no whole body. */
export type FetchFailureReason =
  /** The time for the fetch, or for connecting, ran out. */
  | 'timeout'
  /** The name of the host is not known, or cannot be looked up now. */
  | 'dns'
  /** Nobody answers there. */
  | 'connect'
  /** The certificate is not valid, or no common TLS version. */
  | 'tls'
  /** The connection was closed before the answer. */
  | 'reset'
  /** The connection was closed before the end of the body. */
  | 'incomplete'
  /** Not an answer in HTTP, or one in an encoding that was not asked for. */
  | 'protocol'
  /** An answer other than 200; `status` holds it. */
  | 'status';

/** What is known of an answer that was none. */
export interface FetchFailure extends Cause {
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly answer?: string | undefined;
}

/** Failures that are the fault of whoever gave the address. Of the others, the same address may do better later. */
const addressKind: ErrorKind = {
  ...errorKinds.ERR_FETCH_FAILED,
  fault: 'client',
  retryable: false,
  remedy: 'Check the address, and that anybody may read what is there.',
};

/** `ERR_FETCH_FAILED`: the address did not answer with a whole body. `reason` says why. */
export class FetchFailedError extends CochleaError {
  declare readonly code: 'ERR_FETCH_FAILED';
  /** What went wrong with the fetch. */
  readonly reason: FetchFailureReason;
  /** The status of the answer; `null` if there was none. */
  readonly status: number | null;
  /** Seconds after which the server asks to try again; `null` if it does not say. */
  readonly retryAfter: number | null;
  /** The text that came with a failing status, cut at 8 KiB, for logs: it may be hostile. `null` if there was none. */
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
/** `ERR_PROVIDER_UNAVAILABLE`: ONNX Runtime or the provider cannot be used on this machine. */
export class ProviderUnavailableError extends CochleaError {
  declare readonly code: 'ERR_PROVIDER_UNAVAILABLE';
}
/** `ERR_MODEL_INVALID`: the model cannot be read, is damaged, or has other inputs or outputs. */
export class ModelInvalidError extends CochleaError {
  declare readonly code: 'ERR_MODEL_INVALID';
}
/** `ERR_MODEL_FAILED`: a run of the model failed, or its thread ended. */
export class ModelFailedError extends CochleaError {
  declare readonly code: 'ERR_MODEL_FAILED';
}
/** `ERR_TENSORS_INVALID`: the bytes are not a whole, valid file of tensors. */
export class TensorsInvalidError extends CochleaError {
  declare readonly code: 'ERR_TENSORS_INVALID';
}

/** `ERR_BUSY`: the queue is full. */
export class BusyError extends CochleaError {
  declare readonly code: 'ERR_BUSY';
}

/** `ERR_CLOSED`: something was used after its `close()`, or closed while it was in use. */
export class ClosedError extends CochleaError {
  declare readonly code: 'ERR_CLOSED';
}

/** `ERR_ADDON_UNAVAILABLE`: the native addon is missing or does not load on this machine. */
export class AddonUnavailableError extends CochleaError {
  declare readonly code: 'ERR_ADDON_UNAVAILABLE';
}

/** Names of the limits, as in the options of `AudioDecoder` and `AudioLoader`; `encodedBytes` is the largest array of this Node. */
export type LimitName =
  | 'inputBytes'
  | 'seconds'
  | 'decodedBytes'
  | 'channels'
  | 'streams'
  | 'sampleRate'
  | 'timeout'
  | 'encodedBytes'
  | 'bodyBytes'
  | 'dataUrlBytes'
  | 'urlLength';

/** The one limit that speaks of the service's load, because it counts waiting too. */
const timeoutKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_LIMIT,
  fault: 'server',
  retryable: true,
  remedy: 'Try again when the service is less busy, or allow more time.',
};

/** The one limit that concerns a result of the service's own making. */
const encodedBytesKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_LIMIT,
  fault: 'server',
  remedy: 'Use `encodeStream`, or encode a part at a time.',
};

/** What the sender can do about each of the others; shorter audio does not help against all of them. */
function clientLimit(remedy: string): ErrorKind {
  return { ...errorKinds.ERR_AUDIO_LIMIT, remedy };
}

const limitKinds: Record<LimitName, ErrorKind> = {
  inputBytes: clientLimit('Send a smaller file.'),
  seconds: clientLimit('Send shorter audio.'),
  decodedBytes: clientLimit('Send shorter audio, or audio with fewer channels or a lower sample rate.'),
  channels: clientLimit('Send audio with fewer channels.'),
  streams: clientLimit('Send a file with fewer audio streams.'),
  sampleRate: clientLimit('Send audio at a common sample rate, such as 48000 Hz.'),
  bodyBytes: clientLimit('Give the address of a smaller file.'),
  dataUrlBytes: clientLimit('Send a smaller file, or the address of the file.'),
  urlLength: clientLimit('Give a shorter address.'),
  timeout: timeoutKind,
  encodedBytes: encodedBytesKind,
};

/** `ERR_AUDIO_LIMIT`: a limit was reached. `limit` names it. */
export class LimitError extends CochleaError {
  declare readonly code: 'ERR_AUDIO_LIMIT';
  /** Which limit was reached. */
  readonly limit: LimitName;
  /** What the limit allows: bytes, seconds, channels, audio streams, Hz, or milliseconds for `timeout`. */
  readonly max: number;
  /** What was asked for or found, in the unit of `max`. For sizes met while decoding: at least this. */
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
 * What an aborted call rejects with, as in Node's own API. `cause` is the signal's reason. Not a
 * `CochleaError`: nothing went wrong.
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
  ERR_BUSY: BusyError,
  ERR_CLOSED: ClosedError,
  ERR_ADDON_UNAVAILABLE: AddonUnavailableError,
} as const satisfies Record<ErrorCode, unknown>;
