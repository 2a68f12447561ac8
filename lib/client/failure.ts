import type { IncomingMessage } from 'node:http';
import { type ErrorKind, errorKinds } from '../error_kinds.js';
import { CochleaError, type ErrorCode, errorClasses, ServiceFailedError } from '../errors.js';
import { beginningOf } from '../services/beginning.js';
import { retryAfter } from '../services/retry_after.js';

/** A try that failed: what the caller is told if it was the last. */
export class FailedTry extends Error {
  readonly error: CochleaError;
  /** Whether another try may succeed. */
  readonly again: boolean;
  /** Milliseconds after which the service wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(error: CochleaError, again: boolean, retryAfter?: number) {
    super(error.message);
    this.error = error;
    this.again = again;
    this.retryAfter = retryAfter;
  }
}

/** Makes the text of a service fit for an error: short, and without the key, should a service repeat it. */
export type Clean = (text: string) => string;

const longestText = 1000;
const passing = [408, 429, 502, 503, 504];
/** Classes with fields of their own, which a service does not tell. */
const withFields = ['ERR_AUDIO_LIMIT', 'ERR_FETCH_REFUSED', 'ERR_FETCH_FAILED', 'ERR_SERVICE_FAILED'];

export function cleanFor(apiKey: string | undefined): Clean {
  return (text) => (apiKey === undefined ? text : text.replaceAll(apiKey, '…')).slice(0, longestText);
}

/** Whether the same may work elsewhere or later. A service that drains says that it is closed. */
export function mayWorkAgain({ code, retryable }: CochleaError): boolean {
  return retryable || code === 'ERR_CLOSED';
}

/**
 * The error that a service described, in the class of its code; `undefined` if that is no description. The classes
 * whose fields a service does not tell are `CochleaError` itself.
 */
export function errorFrom(value: unknown, clean: Clean, status?: number): CochleaError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message, fault, retryable, remedy } = value as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const known: ErrorKind | undefined = Object.hasOwn(errorKinds, code) ? errorKinds[code as ErrorCode] : undefined;
  const base = known ?? errorKinds.ERR_SERVICE_FAILED;
  const kind = {
    ...base,
    fault: fault === 'client' || fault === 'server' ? fault : base.fault,
    retryable: typeof retryable === 'boolean' ? retryable : base.retryable,
    remedy: typeof remedy === 'string' ? clean(remedy) : base.remedy,
  };
  if (known === undefined) {
    return new ServiceFailedError(clean(message), { status, serviceCode: clean(code) }, kind);
  }
  const Class = withFields.includes(code) ? CochleaError : (errorClasses[code as ErrorCode] as typeof CochleaError);
  const { fault: whose, retryable: again, remedy: what } = kind;
  // Some classes derive their kind from the cause, which stays with the service.
  return Object.assign(new Class(code as ErrorCode, clean(message), undefined, kind), {
    fault: whose,
    retryable: again,
    remedy: what,
  });
}

/** What an answer with another status than 200 says. It is read, up to 64 KiB. */
export async function failedAnswer(answer: IncomingMessage, name: string, clean: Clean): Promise<FailedTry> {
  const { statusCode: status = 0, headers } = answer;
  const text = await beginningOf(answer);
  const error = errorFrom(parsed(text)?.error, clean, status) ?? withoutBody(status, name);
  const again = passing.includes(status) || (status >= 500 && mayWorkAgain(error));
  return new FailedTry(error, again, retryAfter(headers['retry-after']));
}

function withoutBody(status: number, name: string): CochleaError {
  const final = { ...errorKinds.ERR_SERVICE_FAILED, retryable: false };
  if (status >= 300 && status < 400) {
    const message = `${name} answers ${status}, a redirect, which is not followed: name the address that it leads to`;
    return new ServiceFailedError(message, { status }, final);
  }
  if (status === 401) {
    return new errorClasses.ERR_UNAUTHORIZED('ERR_UNAUTHORIZED', `${name} needs a key, and got none or another one`);
  }
  if (status === 429) return new errorClasses.ERR_BUSY('ERR_BUSY', `${name} is busy`);
  const kind = status >= 500 || passing.includes(status) ? errorKinds.ERR_SERVICE_FAILED : final;
  return new ServiceFailedError(`${name} answers ${status}`, { status }, kind);
}

function parsed(text: string): { readonly error?: unknown } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
