import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorKinds } from '../../error_kinds.js';
import { AbortError, CochleaError, ServiceFailedError } from '../../errors.js';
import { type Address, Addresses, type AddressStats, restAfter } from '../../services/addresses.js';
import { beginningOf } from '../../services/beginning.js';
import { retryAfter } from '../../services/retry_after.js';
import { type PostBody, send } from '../../services/send.js';
import { answerOf } from './answer_of.js';
import type { Answer, Channel, UploadForm } from './channel.js';
import { failureOf, nonsense } from './failure.js';
import { FormBody, TextBody } from './form_body.js';

/** How servers are asked. */
export interface HttpSetting {
  /** Each with the path before `/audio`. */
  readonly addresses: readonly URL[];
  readonly apiKey: string | undefined;
  /** Tries after the first one. */
  readonly retries: number;
}

/** Shorter than the 5 s after which many servers close idle connections; milliseconds. */
const longestIdle = 4000;
/** Milliseconds that a server may ask for before the next try: whoever has to wait longer is told at once. */
const longestWait = 60_000;

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly contentType?: string;
  readonly body?: PostBody;
}

/** A try that failed, and the milliseconds that the server asks for before the next one. */
class Refused {
  readonly error: CochleaError;
  readonly wait: number | undefined;

  constructor(error: CochleaError, wait: number | undefined) {
    this.error = error;
    this.wait = wait;
  }
}

/**
 * Servers by HTTP, several of which are equal: the one with the fewest requests is asked, and another one if it fails
 * before it answers. It waits for an answer as long as the caller does. All of it runs on the event loop.
 */
export class HttpChannel implements Channel {
  readonly #setting: HttpSetting;
  readonly #addresses: Addresses;
  readonly #http = new HttpAgent({ keepAlive: true, timeout: longestIdle });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: longestIdle });

  constructor(setting: HttpSetting) {
    this.#setting = setting;
    this.#addresses = new Addresses(setting.addresses);
  }

  get stats(): readonly AddressStats[] {
    return this.#addresses.all.map(({ stats }) => stats);
  }

  upload(
    route: '/audio/transcriptions' | '/audio/translations',
    form: UploadForm,
    signal: AbortSignal,
  ): Promise<Answer> {
    const body = new FormBody(form);
    return this.#ask({ method: 'POST', route, contentType: body.contentType, body }, signal);
  }

  speech(fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Answer> {
    const body = new TextBody(JSON.stringify(fields));
    return this.#ask({ method: 'POST', route: '/audio/speech', contentType: 'application/json', body }, signal);
  }

  models(signal: AbortSignal): Promise<Answer> {
    return this.#ask({ method: 'GET', route: '/models' }, signal);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #ask(asked: Asked, signal: AbortSignal): Promise<Answer> {
    const tried = new Map<Address, number>();
    let wait: number | undefined;
    for (let tries = 0; ; tries++) {
      const address = this.#addresses.best(tried);
      if (tried.has(address)) await sleep(wait ?? restAfter(tries), undefined, { signal }).catch(() => {});
      tried.set(address, (tried.get(address) ?? 0) + 1);
      try {
        return await this.#once(address, asked, signal);
      } catch (thrown) {
        if (signal.aborted) throw new AbortError(signal.reason);
        const error = thrown instanceof Refused ? thrown.error : asFailure(thrown, address);
        if (!error.retryable) throw error;
        wait = thrown instanceof Refused ? thrown.wait : undefined;
        address.failed(error, wait);
        if (tries >= this.#setting.retries || (wait ?? 0) > longestWait) throw error;
      }
    }
  }

  async #once(address: Address, { method, route, contentType, body }: Asked, signal: AbortSignal): Promise<Answer> {
    const { apiKey } = this.#setting;
    const headers = {
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    };
    const agent = address.isSecure ? this.#https : this.#http;
    address.requests++;
    const done = once(() => address.requests--);
    try {
      const answer = await send({ method, url: address.url(route), agent, headers, body, signal });
      answer.once('close', done);
      const { statusCode: status = 0, headers: said } = answer;
      if (status !== 200) {
        const failure = this.#failure(address, status, await beginningOf(answer));
        throw new Refused(failure, retryAfter(said['retry-after']));
      }
      if (isEncoded(said['content-encoding'])) {
        answer.destroy();
        throw nonsense(address.name, 'in a compressed form, which was not asked for');
      }
      address.worked();
      return answerOf(address.name, (name) => said[name] as string | undefined, answer);
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Servers may repeat the key in what they say. */
  #failure({ name }: Address, status: number, text: string): CochleaError {
    const { apiKey } = this.#setting;
    const error = failureOf(name, status, apiKey === undefined ? text : text.replaceAll(apiKey, '…'));
    if (error.code !== 'ERR_UNAUTHORIZED') return error;
    return new ServiceFailedError(error.message, { status }, wrongKey);
  }
}

/** The key is that of whoever runs this process, not of its clients. */
const wrongKey = {
  ...errorKinds.ERR_SERVICE_FAILED,
  retryable: false,
  remedy: 'See whether the `apiKey` of the upstream is one that the server takes.',
};

function isEncoded(encoding = 'identity'): boolean {
  return encoding.trim().toLowerCase() !== 'identity';
}

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (!ran) run();
    ran = true;
  };
}

function asFailure(thrown: unknown, { name }: Address): CochleaError {
  if (thrown instanceof CochleaError) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === undefined) throw thrown;
  return new ServiceFailedError(`${name} cannot be asked: ${code}`, { cause: thrown });
}
