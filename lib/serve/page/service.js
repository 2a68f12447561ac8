/** Questions to the service. Addresses are relative: the service may lie below a prefix. */

/** What is wrong, and what to do about it, as the service says it. */
export class ServiceError extends Error {
  constructor({ code, message, remedy = '' }, { status = 0, retryable = false } = {}) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.status = status;
    this.retryable = retryable;
  }
}

/** In memory alone: it is gone with the page. */
let key = '';

export function keepKey(given) {
  key = given;
}

export const hasKey = () => key !== '';

/**
 * Resolves to an answer that is no error.
 *
 * @throws {ServiceError} The service refused, or did not answer.
 */
export async function ask(address, { headers, signal, ...rest } = {}) {
  const authorization = key === '' ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(address, { ...rest, signal, headers: { ...headers, ...authorization } }).catch(
    (cause) => {
      throw signal?.aborted ? cause : away();
    },
  );
  if (response.ok) return response;
  throw await errorOf(response);
}

/** Resolves to `ready`, `loading` or `draining`. It needs no key. */
export async function stateOf(signal) {
  const response = await fetch('health/ready', { signal }).catch((cause) => {
    throw signal?.aborted ? cause : away();
  });
  const { status } = await response.json().catch(() => ({}));
  if (status) return status;
  throw away();
}

/** Reads a body, which may break off. */
export async function bodyOf(response, method, signal) {
  return response[method]().catch((cause) => {
    throw signal?.aborted ? cause : away();
  });
}

function away() {
  const message = 'the service does not answer';
  const remedy = 'Check that it runs and that this machine reaches it, then try again.';
  return new ServiceError({ code: 'no answer', message, remedy }, { retryable: true });
}

/** What stands between may answer as well, and not in JSON. */
async function errorOf(response) {
  const { status } = response;
  const { error } = await response.json().catch(() => ({}));
  const given = error?.code ? error : { code: `HTTP ${status}`, message: response.statusText || 'the request failed' };
  const wait = response.headers.get('retry-after');
  const remedy = [given.remedy, wait && `Try again in ${wait} s.`].filter(Boolean).join(' ');
  return new ServiceError({ ...given, remedy }, { status, retryable: given.retryable ?? status >= 500 });
}

/** The body of a request with one clip: the file itself. A type that is not of audio says nothing. */
export function clipOf(file) {
  const [type] = file.type.split(';');
  const known = /^(audio|video)\/[\w.+-]+$/.test(type);
  return { method: 'POST', body: file, headers: { 'content-type': known ? type : 'application/octet-stream' } };
}

/** Milliseconds of each stage, from the header `server-timing`: `load;dur=12.3, encode;dur=1.2`. */
export function timingsOf(response) {
  const header = response.headers.get('server-timing') ?? '';
  return [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name, time]) => [name, Number(time)]);
}

/** What the headers of an answer say of the audio. */
export function factsOf({ headers }) {
  const json = (name) => JSON.parse(headers.get(name) ?? 'null');
  return {
    sampleRate: Number(headers.get('x-audio-sample-rate')),
    frames: Number(headers.get('x-audio-frames')),
    duration: Number(headers.get('x-audio-duration')),
    source: json('x-audio-source'),
    warnings: json('x-audio-warnings') ?? [],
  };
}
