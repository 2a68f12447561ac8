import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

// The results that openai 6 and 7 declare in resources/audio/*.d.ts. What a server gives beyond them is allowed.

const segment = Type.Object({
  id: Type.Integer(),
  seek: Type.Number(),
  start: Type.Number(),
  end: Type.Number(),
  text: Type.String(),
  tokens: Type.Array(Type.Integer()),
  temperature: Type.Number(),
  avg_logprob: Type.Number(),
  compression_ratio: Type.Number(),
  no_speech_prob: Type.Number(),
});
const word = Type.Object({ word: Type.String(), start: Type.Number(), end: Type.Number() });
const languages = Type.Optional(Type.Array(Type.Object({ code: Type.String() })));
const logprobs = Type.Optional(Type.Array(Type.Object({})));
const seconds = Type.Object({ type: Type.Literal('duration'), seconds: Type.Number() });
const tokens = Type.Object({
  type: Type.Literal('tokens'),
  input_tokens: Type.Number(),
  output_tokens: Type.Number(),
  total_tokens: Type.Number(),
});
const verbose = {
  duration: Type.Number(),
  language: Type.String(),
  text: Type.String(),
  segments: Type.Optional(Type.Array(segment)),
};

export const shapes = {
  json: Type.Object({ text: Type.String(), languages, logprobs, usage: Type.Optional(Type.Union([tokens, seconds])) }),
  verboseJson: Type.Object({
    ...verbose,
    words: Type.Optional(Type.Array(word)),
    usage: Type.Optional(seconds),
  }),
  verboseTranslation: Type.Object(verbose),
  string: Type.String(),
  events: Type.Array(
    Type.Union([
      Type.Object({ type: Type.Literal('transcript.text.delta'), delta: Type.String(), logprobs }),
      Type.Object({
        type: Type.Literal('transcript.text.done'),
        text: Type.String(),
        languages,
        logprobs,
        usage: Type.Optional(tokens),
      }),
    ]),
  ),
  models: Type.Array(
    Type.Object({
      id: Type.String(),
      object: Type.Literal('model'),
      created: Type.Integer(),
      owned_by: Type.String(),
    }),
  ),
} satisfies Record<string, TSchema>;
export type Shape = keyof typeof shapes;

/** Where a value is not of the shape, and why. */
export function differences(shape: Shape, value: unknown): string[] {
  return [...Value.Errors(shapes[shape], value)].map(({ path, message }) => `${path}: ${message}`);
}
