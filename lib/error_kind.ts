/** Who has to act: the sender of the audio (`client`) or the service that decodes it (`server`). */
export type Fault = 'client' | 'server';

export interface ErrorKind {
  readonly fault: Fault;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly meaning: string;
  /** For whoever gets the error: where that is the client, it names nothing that only the service has. */
  readonly remedy: string;
  /** What the service can change about an error that is the client's fault; for docs/errors.md. */
  readonly service?: string;
}

/** What the service has run out of: descriptors, memory, a disk that answers. Later there may be some again. */
const passing = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EIO', 'ESTALE', 'ETIMEDOUT'];

/**
 * What the service may not do, or does wrong: whoever sent the audio has no say in the permissions of its files, in
 * a Blob of a file that changed (NotReadableError), or in what its own stream hands over.
 */
const final = ['EACCES', 'EPERM', 'ERR_ACCESS_DENIED', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_STATE', 'NotReadableError'];

/**
 * Whose fault it is that a source cannot be read, by what reading it failed with. A file that does not exist, or a
 * connection that ends, is the sender's; where it is the service's, this says what to do.
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
    remedy: 'Look at `cause`: the service may not read this, or what it hands over is no stream of bytes.',
  };
}

/** Reasons for which a temporary file cannot be written now, but may be later. */
export const spoolPassing: readonly string[] = [...passing, 'ENOSPC', 'EDQUOT'];
