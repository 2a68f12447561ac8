import { AbortError, FetchFailedError, type FetchFailureReason, FetchRefusedError } from '../../errors.js';
import { isError } from '../../realm.js';
import { BlockedAddress, LookupFailed } from '../guard/guard.js';
import type { Deadline } from './deadline.js';

/** Messages for the errors of Node and undici. `final`: trying the same address again would not help. */
const failures: Readonly<Record<string, { reason: FetchFailureReason; message: string; final?: true }>> = {
  UND_ERR_ABORTED: { reason: 'connect', message: 'the proxy does not connect to its host' },
  UND_ERR_HEADERS_TIMEOUT: { reason: 'timeout', message: 'the proxy does not answer in time' },
  UND_ERR_CONNECT_TIMEOUT: { reason: 'timeout', message: 'its host does not take a connection in time' },
  ETIMEDOUT: { reason: 'timeout', message: 'its host does not take a connection in time' },
  ECONNREFUSED: { reason: 'connect', message: 'its host refuses the connection' },
  EHOSTUNREACH: { reason: 'connect', message: 'its host cannot be reached' },
  ENETUNREACH: { reason: 'connect', message: 'its host cannot be reached' },
  EADDRNOTAVAIL: { reason: 'connect', message: 'its host cannot be reached' },
  ECONNRESET: { reason: 'reset', message: 'the connection was lost' },
  EPIPE: { reason: 'reset', message: 'the connection was lost' },
  UND_ERR_SOCKET: { reason: 'reset', message: 'the connection was closed' },
  UND_ERR_HEADERS_OVERFLOW: { reason: 'protocol', message: 'its answer has too many headers', final: true },
};

/** Codes of look-ups that found nothing, by the resolver of the system or of Node. */
const unknownNames = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

/** Names of the errors that undici's parser throws for answers that are not HTTP. They have no codes. */
const notHttp = ['HTTPParserError', 'ResponseContentLengthMismatchError', 'AssertionError'];

/** Turns the failure of a request, or of reading its body, into the error to throw. */
export function fetchFailure(error: unknown, deadline: Deadline, inBody: boolean): Error {
  if (error instanceof BlockedAddress) {
    return new FetchRefusedError(`this host may not be asked: ${error.message}`, 'address');
  }
  if (deadline.signal.aborted && !deadline.isOver) return new AbortError();
  if (deadline.isOver) return new FetchFailedError('the fetch took too long', 'timeout', false);
  if (error instanceof LookupFailed) {
    const isFinal = unknownNames.includes(error.code);
    const message = isFinal ? 'its host is not known by this name' : 'the name of its host cannot be looked up now';
    return new FetchFailedError(message, 'dns', isFinal, { cause: error });
  }
  const cause = isError(error) ? error : undefined;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (cause && notHttp.includes(cause.name)) return parserFailure(cause, inBody);
  const known = failures[code];
  if (known?.reason === 'reset' && inBody) {
    return new FetchFailedError('the connection was closed before the end of the body', 'incomplete', false, { cause });
  }
  if (known) return new FetchFailedError(known.message, known.reason, known.final === true, { cause });
  if (isTls(code)) return new FetchFailedError(`no secure connection: ${code}`, 'tls', true, { cause });
  return new FetchFailedError(`it cannot be fetched${code && `: ${code}`}`, inBody ? 'incomplete' : 'connect', false, {
    cause,
  });
}

/** Leaves out the cause, which may hold what the server sent. */
function parserFailure({ name, message }: Error, inBody: boolean): FetchFailedError {
  const isCut = message.includes('EOF') || (inBody && name === 'ResponseContentLengthMismatchError');
  if (isCut && inBody)
    return new FetchFailedError('the connection was closed before the end of the body', 'incomplete', false);
  if (isCut) return new FetchFailedError('the connection was closed', 'reset', false);
  const why = /\((.*)\)$/.exec(message)?.[1];
  return new FetchFailedError(`its answer is not HTTP${why ? `: ${why}` : ''}`, 'protocol', true);
}

/** OpenSSL's reasons for a certificate have no prefix in common. */
function isTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO)|CERT|SIGNATURE|_CRL_|^(INVALID_PURPOSE|HOSTNAME_MISMATCH)$/.test(code);
}
