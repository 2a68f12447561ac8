import { errorKinds } from '../../error_kinds.js';
import { AbortError, CochleaError, ServiceFailedError } from '../../errors.js';
import { answerOf } from './answer_of.js';
import type { Answer, Channel, UploadForm } from './channel.js';
import { failureOf } from './failure.js';

/** An answer of fetch, as the SDK hands it on. */
interface FetchAnswer {
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A call of the SDK, of which the raw answer is taken. */
export interface SdkCall {
  /** The answer, before the SDK parses it. */
  asResponse(): Promise<unknown>;
}

/** A route of the SDK. */
export interface OpenAIRoute {
  /** Asks it. The SDK has overloads for each format. */
  // biome-ignore lint/suspicious/noExplicitAny: they differ from version to version.
  create(body: any, options?: any): SdkCall;
}

/** What `AudioClient` uses of the client of the package `openai`, from 6.4 on. AzureOpenAI is one, too. */
export interface OpenAIClient {
  /** The address of the server, with `/v1`. */
  readonly baseURL: string;
  /** The routes for audio. */
  readonly audio: {
    /** `/audio/transcriptions` */
    readonly transcriptions: OpenAIRoute;
    /** `/audio/translations` */
    readonly translations: OpenAIRoute;
    /** `/audio/speech` */
    readonly speech: OpenAIRoute;
  };
  /** The list of models. */
  readonly models: {
    /** Asks for it. */
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    list(options?: any): SdkCall;
  };
}

/** A server by the client that the user made: with its keys, retries, headers and timeouts. */
export class SdkChannel implements Channel {
  readonly #client: OpenAIClient;

  constructor(client: OpenAIClient) {
    this.#client = client;
  }

  upload(
    route: '/audio/transcriptions' | '/audio/translations',
    form: UploadForm,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { transcriptions, translations } = this.#client.audio;
    const resource = route === '/audio/transcriptions' ? transcriptions : translations;
    const { bytes, name, mediaType } = form.file;
    // Not a stream: the SDK does not send that again when a try fails.
    const file = new File([bytes as Uint8Array<ArrayBuffer>], name, { type: mediaType });
    return this.#answer(() => resource.create({ ...form.fields, file }, { signal }), signal);
  }

  speech(body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Answer> {
    return this.#answer(() => this.#client.audio.speech.create(body, { signal }), signal);
  }

  models(signal: AbortSignal): Promise<Answer> {
    return this.#answer(() => this.#client.models.list({ signal }), signal);
  }

  async #answer(call: () => SdkCall, signal: AbortSignal): Promise<Answer> {
    const server = originOf(this.#client.baseURL);
    try {
      const { headers, body } = (await call().asResponse()) as FetchAnswer;
      return answerOf(server, (name) => headers.get(name) ?? undefined, body ?? nothing());
    } catch (error) {
      if (signal.aborted) throw new AbortError(signal.reason);
      throw failureOfSdk(server, error);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

function originOf(baseURL: string): string {
  return URL.canParse(baseURL) ? new URL(baseURL).origin : 'the server';
}

/** An error of the SDK, in our words. It is the `cause`. */
function failureOfSdk(server: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof CochleaError) return thrown;
  const { status, error, message } = thrown as Error & { status?: unknown; error?: unknown };
  if (typeof status === 'number') {
    // The SDK keeps what is below `error` in the body, or the text of a body that is no JSON, behind the status.
    const body =
      error === undefined ? message.replace(/^\d{3} (status code \(no body\))?/, '') : JSON.stringify({ error });
    return withCause(failureOf(server, status, body), thrown);
  }
  if (!/^(APIConnection|APIConnectionTimeout)Error$/.test(thrown.constructor.name)) return thrown;
  // Of the SDK's timeout, and of fetch's own: the SDK does not say which.
  if (thrown.constructor.name === 'APIConnectionTimeoutError') {
    return new ServiceFailedError(`${server} gave no answer in time`, { cause: thrown }, silent);
  }
  const code = codeOf(thrown);
  return new ServiceFailedError(`${server} cannot be asked: ${code ?? message}`, { cause: thrown });
}

const silent = {
  ...errorKinds.ERR_SERVICE_FAILED,
  remedy:
    'Give the client of the SDK a longer `timeout`. Above 300 s, fetch of Node itself gives up: send shorter parts (`limits.seconds`), or give the client a `dispatcher` of undici with a longer `headersTimeout` in its `fetchOptions`.',
};

function codeOf(error: unknown): string | undefined {
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    cause = (cause as { cause?: unknown }).cause;
  }
  return undefined;
}

function withCause(error: CochleaError, cause: Error): CochleaError {
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true, enumerable: false });
}
