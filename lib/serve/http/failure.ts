import {
  AbortError,
  BusyError,
  CochleaError,
  InternalError,
  LimitError,
  RequestInvalidError,
  ServiceFailedError,
} from '../../errors.js';
import type { EncodeError } from '../../worker/index.js';

/** What a client may know of an error. */
export type KnownError = Pick<CochleaError, 'code' | 'message' | 'remedy' | 'fault' | 'retryable'>;

/** What an answer with an error is made from. */
export interface Failure {
  readonly status: number;
  readonly error: KnownError;
}

/** The failure of a clip that is the failure of the whole request. */
export class ClipFailedError extends Error {
  readonly known: KnownError;

  constructor(known: EncodeError) {
    super(known.message);
    this.known = known as KnownError;
  }
}

/** Who reads the errors of a route. */
export type ErrorForm = 'cochlea' | 'openai';

/** Limits on the size of what was sent. */
const sizes = ['inputBytes', 'bodyBytes', 'dataUrlBytes', 'seconds', 'decodedBytes'];
const unsupported = ['ERR_AUDIO_UNSUPPORTED_CONTAINER', 'ERR_AUDIO_UNSUPPORTED_CODEC'];

/** Any error, as a client may see it. What nobody expected says nothing about this service. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CochleaError) return { status: statusOf(thrown), error: thrown };
  if (thrown instanceof ClipFailedError) return { status: statusOf(thrown.known), error: thrown.known };
  const { statusCode, message } = (thrown ?? {}) as { statusCode?: unknown; message?: unknown };
  // Of a limit of the application.
  if (statusCode === 429) return { status: 429, error: new BusyError('ERR_BUSY', String(message)) };
  // Of Fastify and its plugins: a body that is no JSON, a header that is no media type.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, error: new RequestInvalidError('ERR_REQUEST_INVALID', String(message)) };
  }
  // A mistake in the arguments of a call: clients choose some of them.
  if (thrown instanceof RangeError && thrown.message.startsWith('options.')) {
    return { status: 400, error: new RequestInvalidError('ERR_REQUEST_INVALID', thrown.message, { cause: thrown }) };
  }
  if (thrown instanceof AbortError) {
    return { status: 503, error: new InternalError('ERR_AUDIO_INTERNAL', 'the service stops', { cause: thrown }) };
  }
  return { status: 500, error: new InternalError('ERR_AUDIO_INTERNAL', 'the request failed', { cause: thrown }) };
}

function statusOf(error: KnownError): number {
  const { code, fault, retryable } = error;
  if (code === 'ERR_UNAUTHORIZED') return 401;
  if (code === 'ERR_BUSY') return 429;
  // The one limit that is the service's fault, and may not be one the next time, is that on time.
  if (code === 'ERR_AUDIO_LIMIT' && retryable) return 504;
  if (fault === 'client') {
    // Of a server that this service asks: no such model, or no such route.
    if (error instanceof ServiceFailedError && error.status === 404) return 404;
    if (error instanceof LimitError && sizes.includes(error.limit)) return 413;
    return unsupported.includes(code) ? 415 : 400;
  }
  if (code === 'ERR_FETCH_FAILED' || code === 'ERR_SERVICE_FAILED') return 502;
  return retryable || code === 'ERR_CLOSED' ? 503 : 500;
}

/** The body of an answer with an error. */
export function bodyOf({ status, error }: Failure, form: ErrorForm, requestId: string): object {
  const { code, message, remedy, fault, retryable } = error;
  if (form === 'cochlea') return { error: { code, message, remedy, fault, retryable, request_id: requestId } };
  return { error: { message: `${message}. ${remedy}`, type: openaiType(status), param: null, code } };
}

/** As OpenAI names them. */
function openaiType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
