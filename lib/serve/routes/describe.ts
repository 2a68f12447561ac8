import type { ErrorForm } from '../http/failure.js';
import type { ObjectSchema } from '../schema/index.js';

/** What OpenAPI says of a route. */
export interface Route {
  readonly summary: string;
  readonly description: string;
  readonly body?: unknown;
  readonly querystring?: ObjectSchema;
  /** What the answer is. */
  readonly answer: string;
  /** Media types of an answer of bytes. */
  readonly types?: readonly string[];
  /** Answers in JSON. */
  readonly json?: object;
  readonly errors?: ErrorForm;
}

/** An object of an answer, which has all of these properties. */
export function objectOf(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** As OpenAI counts them. */
export const tokenCounts = objectOf({ prompt_tokens: { type: 'integer' }, total_tokens: { type: 'integer' } });

const error: Readonly<Record<ErrorForm, object>> = {
  cochlea: objectOf({
    error: objectOf({
      code: { type: 'string', description: 'Such as ERR_AUDIO_CORRUPT; docs/errors.md has all.' },
      message: { type: 'string' },
      remedy: { type: 'string' },
      fault: { enum: ['client', 'server'], description: 'Who has to act.' },
      retryable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
      request_id: { type: 'string' },
    }),
  }),
  openai: objectOf({
    error: objectOf({
      message: { type: 'string' },
      type: { type: 'string' },
      param: { type: 'null' },
      code: { type: 'string' },
    }),
  }),
};

const reasons: Readonly<Record<string, string>> = {
  400: 'The request or the audio is wrong: the message says what.',
  401: 'The request has no valid key.',
  413: 'The body or the audio is larger than allowed.',
  415: 'The body is not of a known type, or not audio that can be decoded.',
  429: 'The queue is full: try again after `Retry-After` seconds.',
  500: 'The service failed.',
  502: 'The address of the audio did not give it, or a server that this service asks failed.',
  503: 'The service starts or stops: try again after `Retry-After` seconds.',
  504: 'The request took too long.',
};

/** The schema of a route, as Fastify and OpenAPI take it. */
export function describe({ summary, description, answer, types = [], json, errors = 'cochlea', ...rest }: Route) {
  const binary = { schema: { type: 'string', format: 'binary' } };
  const content = {
    ...(json && { 'application/json': { schema: json } }),
    ...Object.fromEntries(types.map((type) => [type, binary])),
  };
  const failures = Object.entries(reasons).map(([status, reason]) => [
    status,
    { description: reason, content: { 'application/json': { schema: error[errors] } } },
  ]);
  return {
    summary,
    description,
    ...rest,
    response: { 200: { description: answer, content }, ...Object.fromEntries(failures) },
  };
}

/** What a documented route is for, in a few words; `undefined` for the others, such as the page's files. */
export function summaryOf(schema: unknown): string | undefined {
  return (schema as { readonly summary?: string } | undefined)?.summary;
}
