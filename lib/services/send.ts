import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline, Readable } from 'node:stream';

/** A body that can be sent again: each iteration gives it from the start. */
export interface PostBody extends AsyncIterable<string | Uint8Array> {
  /** Bytes. */
  readonly length: number;
}

/** Milliseconds for a connection; the answer may take until the deadline. */
const longestConnect = 5000;

/** A request that is sent. */
export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** `false`: a connection of its own. */
  readonly agent: Agent | false;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: PostBody | undefined;
  /** Closes the connection, even while the answer is read. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request. Resolves to its answer when the headers are there; it follows no redirect. By Node's own client: its
 * parser may be paused, so a slow reader stops the socket (Note [The parser must not pause]).
 *
 * A service may close a connection that was idle just when it is used again: then a new one is made at once.
 */
export async function send(given: Sending): Promise<IncomingMessage> {
  const { request, answer } = begin(given);
  try {
    return await answer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!request.reusedSocket || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
    return begin({ ...given, agent: false }).answer;
  }
}

function begin({ method, url, agent, headers, body, signal }: Sending): {
  request: ClientRequest;
  answer: Promise<IncomingMessage>;
} {
  const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
  const length = body && { 'content-length': body.length };
  const request = ask(url, { method, agent, signal, headers: { ...headers, ...length } });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    // Those that come after the answer has begun are seen by its reader, too.
    request.on('error', reject);
    // Also without an error, as after an answer that switches protocols.
    request.on('close', () => reject(withCode('the connection was closed', 'ECONNRESET')));
  });
  request.on('socket', (socket) => {
    if (!socket.connecting) return;
    const late = (): unknown => request.destroy(withCode('no connection in time', 'ETIMEDOUT'));
    const timer = setTimeout(late, longestConnect);
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  });
  // An error of the body destroys the request with it.
  if (body) pipeline(Readable.from(body), request, () => {});
  else request.end();
  return { request, answer };
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
