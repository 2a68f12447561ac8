/**
 * Every error that Cochlea reports on purpose. The first table is the only source of codes. The classes of errors.ts
 * take fault, retryability and remedy from it, and docs/errors.md is generated from it. Kinds for single errors that
 * differ from the others of their code follow below.
 */

/** Who has to act: the sender of the audio (`client`) or the service that decodes it (`server`). */
export type Fault = 'client' | 'server';

export interface ErrorKind {
  readonly fault: Fault;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly meaning: string;
  /** For the one who has to act. A remedy for the client names nothing that only the service has. */
  readonly remedy: string;
  /** What the service can change about an error that is the client's fault; for docs/errors.md. */
  readonly service?: string;
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
    meaning: 'The bytes are not a valid safetensors or NumPy file. The message says where they go wrong.',
    remedy: 'Send the file again, whole, with elements of a common type.',
  },
  ERR_SUBTITLES_INVALID: {
    fault: 'client',
    retryable: false,
    meaning: 'The text is not a valid SRT or WebVTT file. `line` is the number of the line that is wrong, from 1.',
    remedy: 'Correct the line that the message names, or make the subtitles again.',
  },
  ERR_REQUEST_INVALID: {
    fault: 'client',
    retryable: false,
    meaning: 'The request is not one that the worker or the service takes. The message names the field.',
    remedy: 'Change the field that the message names.',
    service: 'docs/guide/worker.md and docs/guide/serving.md show the forms of a request.',
  },
  ERR_UNAUTHORIZED: {
    fault: 'client',
    retryable: false,
    meaning: 'The service needs a key, and the request has none, or another one.',
    remedy: 'Send the key of the service in the header Authorization, after the word Bearer.',
    service: 'See `apiKeys` and `authenticate` in docs/guide/serving.md.',
  },
  ERR_TRANSFER_INVALID: {
    fault: 'client',
    retryable: false,
    meaning: 'The descriptor of a tensor is malformed. The message names the field.',
    remedy: 'Pass on the descriptor as the sender gave it.',
  },
  ERR_TRANSFER_REFUSED: {
    fault: 'client',
    retryable: false,
    meaning: 'The descriptor names a file, an address or a mode that this receiver does not accept.',
    remedy: 'Use a sender that this receiver accepts.',
    service: 'See `folders`, `origins` and `nixl` of `TensorReceiver`.',
  },
  ERR_TRANSFER_EXPIRED: {
    fault: 'server',
    retryable: false,
    meaning: 'The tensor is no longer there: its lease is over, or it was cancelled, or somebody has received it.',
    remedy: 'Ask for the tensor again. If receivers wait long for their turn, give the sender a longer lease.',
  },
  ERR_TRANSFER_CORRUPT: {
    fault: 'server',
    retryable: false,
    meaning: 'The bytes are not those of the descriptor: their number, type, shape or digest differs.',
    remedy: 'Ask for the tensor again, and look for what changed its bytes on the way.',
  },
  ERR_TRANSFER_FAILED: {
    fault: 'server',
    retryable: true,
    meaning:
      'A tensor cannot be written, sent or read. `cause` says why: a full disk, a peer that has ended, a timeout.',
    remedy:
      'Try again later. If `cause.code` is ENOSPC, give the folder more space: /dev/shm of a container has 64 MB.',
  },
  ERR_TRANSFER_TOO_LARGE: {
    fault: 'server',
    retryable: false,
    meaning: 'The tensor is larger than the sender or the receiver allows in total.',
    remedy: 'Send shorter audio, or raise `maxBytes` where the sender or the receiver is made.',
  },
  ERR_TRANSFER_UNAVAILABLE: {
    fault: 'server',
    retryable: false,
    meaning: 'This mode of transfer does not work on this machine. The message says what is missing.',
    remedy: 'Do what the message says; `cochlea doctor` shows what this machine has and what is missing.',
  },
  ERR_SERVICE_FAILED: {
    fault: 'server',
    retryable: true,
    meaning:
      'A service that this process asks cannot be reached, ends its answer too early, or answers something else than it should. `status` is the HTTP status of the answer, `serviceCode` the code that the service gave.',
    remedy: 'See whether the service runs at this address; what it logs says more.',
  },
  ERR_TRANSCRIPT_PARTIAL: {
    fault: 'server',
    retryable: true,
    meaning:
      'A long recording was transcribed in parts, and some of them failed. `failures` names their ranges and errors, `transcript` holds what succeeded.',
    remedy: 'Ask for the ranges that failed again; their errors say why they did.',
  },
  ERR_BUSY: {
    fault: 'server',
    retryable: true,
    meaning:
      'The queue is full: the maximum number of sources, clips or requests is already waiting. Or a sender holds as many bytes as it is allowed to.',
    remedy: 'Try again later, or allow more where the loader, tower, worker or sender is made.',
  },
  ERR_CLOSED: {
    fault: 'server',
    retryable: false,
    meaning:
      'The object was already closed. The message names it: a loader, tower, transcriber, extractor, source, stream, worker, sender, receiver or client.',
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

/** A form where a file was expected. */
export const multipartKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_UNSUPPORTED_CONTAINER,
  remedy: 'Send the file itself as the body (curl --data-binary @talk.mp3, not -F).',
};

/** Empty audio to encode. The fault is the service's, which made it. */
export const nothingToEncode: ErrorKind = {
  ...errorKinds.ERR_AUDIO_EMPTY,
  fault: 'server',
  remedy: 'Look for the step that made no samples.',
};

/** The folder of `allowedRoot` does not exist: the fault is the service's. */
export const missingRoot: ErrorKind = {
  ...errorKinds.ERR_FETCH_REFUSED,
  fault: 'server',
  remedy: 'Make the folder of `allowedRoot`, or see why it cannot be found.',
};

/** Failures that are the fault of the sender of the address. After other failures, the same address may work later. */
export const addressKind: ErrorKind = {
  ...errorKinds.ERR_FETCH_FAILED,
  fault: 'client',
  retryable: false,
  remedy: 'Check the address, and that anybody may read what is there.',
};

/**
 * Names of the limits, as in the options of `AudioDecoder` and `AudioLoader`; `encodedBytes` is the largest array of
 * this Node.
 */
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

/** The one limit that depends on the load of the service, because it includes waiting. */
const timeoutKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_LIMIT,
  fault: 'server',
  retryable: true,
  remedy: 'Try again when the service is less busy, or allow more time.',
};

/** The one limit on a result that the service itself makes. */
const encodedBytesKind: ErrorKind = {
  ...errorKinds.ERR_AUDIO_LIMIT,
  fault: 'server',
  remedy: 'Use `encodeStream`, or encode a part at a time.',
};

/** Limits about which the sender can do something. Shorter audio does not help against all of them. */
function clientLimit(remedy: string): ErrorKind {
  return { ...errorKinds.ERR_AUDIO_LIMIT, remedy };
}

export const limitKinds: Record<LimitName, ErrorKind> = {
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

/** Codes of temporary causes: the service has run out of descriptors or memory, or its disk does not answer. */
const passing = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EIO', 'ESTALE', 'ETIMEDOUT'];

/**
 * Codes of causes that are the service's fault: the sender of the audio cannot change the permissions of its files, a
 * Blob of a file that changed (NotReadableError), or the chunks of its stream.
 */
const final = ['EACCES', 'EPERM', 'ERR_ACCESS_DENIED', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_STATE', 'NotReadableError'];

/**
 * The kind of a failure to read a source, by its cause. A missing file, or a connection that ends, is the fault of the
 * sender. For the faults of the service, the remedy says what to do.
 */
export function sourceKind(client: ErrorKind, cause: unknown): ErrorKind {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown };
  const is = (known: readonly string[]): boolean => known.includes(String(code)) || known.includes(String(name));
  if (is(passing)) {
    return {
      ...client,
      fault: 'server',
      retryable: true,
      remedy: 'Try again later. `cause.code` says what the service has run out of: open files, memory, or its disk.',
    };
  }
  if (!is(final)) return client;
  return {
    ...client,
    fault: 'server',
    remedy: 'Look at `cause`: the service may not read this source, or passes a stream whose chunks are not bytes.',
  };
}

/** Reasons for which a temporary file cannot be written now, but may be later. */
export const spoolPassing: readonly string[] = [...passing, 'ENOSPC', 'EDQUOT'];
