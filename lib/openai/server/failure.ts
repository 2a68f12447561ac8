import { type ErrorKind, errorKinds } from '../../error_kinds.js';
import { BusyError, type CochleaError, ServiceFailedError, UnauthorizedError } from '../../errors.js';

const longest = 500;
/** Of statuses that may pass, whoever is to blame. */
const passing = [408, 409, 425, 429];

const refused: ErrorKind = {
  ...errorKinds.ERR_SERVICE_FAILED,
  fault: 'client',
  retryable: false,
  remedy: 'Change the request as the message says.',
};
const final: ErrorKind = { ...errorKinds.ERR_SERVICE_FAILED, retryable: false };

/** Statuses with which a server says that the request is wrong. */
const wrongRequest = [400, 404, 405, 411, 413, 414, 415, 422];

/** What a server says with a failing status. `text`: the beginning of its body. */
export function failureOf(server: string, status: number, text: string): CochleaError {
  const said = saying(text);
  const { code, message } = said;
  const full = `${server} answers ${status}${message === '' ? '' : `: ${message}`}`;
  if (status === 401 || status === 403) return new UnauthorizedError('ERR_UNAUTHORIZED', full);
  if (status === 429 && code !== 'insufficient_quota') return new BusyError('ERR_BUSY', full);
  const details = { status, serviceCode: code };
  if (wrongRequest.includes(status)) return new ServiceFailedError(full, details, refused);
  const kind = status >= 500 || passing.includes(status) ? errorKinds.ERR_SERVICE_FAILED : final;
  return new ServiceFailedError(full, details, status === 429 ? final : kind);
}

/** An answer that is not one: a page, an empty body, JSON without a text. */
export function nonsense(server: string, what: string): ServiceFailedError {
  return new ServiceFailedError(`${server} answers ${what}`, { status: 200 }, final);
}

type Fields = Readonly<Record<string, unknown>>;

interface Saying {
  readonly message: string;
  readonly code?: string | undefined;
}

/**
 * The message in the body of a failing answer. OpenAI and vLLM: `{error: {message, code}}`; older vLLM: `{message}`;
 * FastAPI: `{detail: text}`, `{detail: [{loc, msg}]}` with 422, or what the server put into `detail`; others: text, or a
 * page.
 */
export function saying(text: string): Saying {
  const value = parsed(text);
  return value === undefined ? { message: plain(text) } : sayingIn(value as Fields);
}

/** The same of what was parsed. */
export function sayingIn(value: Fields): Saying {
  const { detail } = value;
  if (Array.isArray(detail)) return { message: cut(detail.map(problem).join('; ')) };
  if (typeof detail === 'string') return { message: cut(detail) };
  // What is in it is nested no further: it could be nested without end.
  if (typeof detail === 'object' && detail !== null) return said(detail as Fields);
  return said(value);
}

function said({ error, message, code }: Fields): Saying {
  if (typeof error === 'string') return { message: cut(error) };
  const told = (error ?? { code }) as Fields;
  const found = told.message ?? message;
  return {
    message: cut(typeof found === 'string' ? found : ''),
    ...(typeof told.code === 'string' && { code: told.code.slice(0, 100) }),
  };
}

/** FastAPI: where in the request, and what is wrong with it. */
function problem(item: unknown): string {
  const { loc, msg } = (item ?? {}) as { loc?: unknown; msg?: unknown };
  const place = Array.isArray(loc) ? loc.filter((each) => each !== 'body').join('.') : '';
  return [place, typeof msg === 'string' ? msg : 'is wrong'].filter((each) => each !== '').join(': ');
}

function plain(text: string): string {
  return /^\s*</.test(text) ? 'a page' : cut(text);
}

function cut(text: string): string {
  // Of one line: it becomes part of a message.
  return text
    .slice(0, 4 * longest)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longest);
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
