import { Ajv2020 } from 'ajv/dist/2020.js';

// The results that openai 6 and 7 declare in resources/audio/*.d.ts. What a server gives beyond them is allowed.

const [string, number, integer] = [{ type: 'string' }, { type: 'number' }, { type: 'integer' }];
const list = (items: object) => ({ type: 'array', items });
const only = (value: string) => ({ const: value });

/** `optional`: properties that may be missing. */
function object(properties: Record<string, object>, optional: Record<string, object> = {}) {
  return { type: 'object', properties: { ...properties, ...optional }, required: Object.keys(properties) };
}

const segment = object({
  id: integer,
  seek: number,
  start: number,
  end: number,
  text: string,
  tokens: list(integer),
  temperature: number,
  avg_logprob: number,
  compression_ratio: number,
  no_speech_prob: number,
});
const word = object({ word: string, start: number, end: number });
const languages = list(object({ code: string }));
const logprobs = list(object({}));
const seconds = object({ type: only('duration'), seconds: number });
const tokens = object({ type: only('tokens'), input_tokens: number, output_tokens: number, total_tokens: number });
const verbose = { duration: number, language: string, text: string };
const segments = list(segment);

const shapes = {
  json: object({ text: string }, { languages, logprobs, usage: { anyOf: [tokens, seconds] } }),
  verboseJson: object(verbose, { segments, words: list(word), usage: seconds }),
  verboseTranslation: object(verbose, { segments }),
  string,
  events: list({
    anyOf: [
      object({ type: only('transcript.text.delta'), delta: string }, { logprobs }),
      object({ type: only('transcript.text.done'), text: string }, { languages, logprobs, usage: tokens }),
    ],
  }),
  models: list(object({ id: string, object: only('model'), created: integer, owned_by: string })),
};
export type Shape = keyof typeof shapes;

const ajv = new Ajv2020({ allErrors: true });

/** Where a value is not of the shape, and why. */
export function differences(shape: Shape, value: unknown): string[] {
  const validate = ajv.compile(shapes[shape]);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
