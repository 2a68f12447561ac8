const common = {
  request_id: { type: 'string', maxLength: 256 },
  model: { type: 'string' },
  dtype: { enum: ['float32', 'float16', 'bfloat16'] },
  deadline_ms: { type: 'number', minimum: 1 },
  lease: { type: 'number', minimum: 0.001, maximum: 86_400 },
} as const;

const item = {
  type: 'object',
  properties: {
    audio_url: {
      anyOf: [{ type: 'string' }, { type: 'object', required: ['url'], properties: { url: { type: 'string' } } }],
    },
    input_audio: {
      type: 'object',
      required: ['data'],
      properties: { data: { type: 'string' }, format: { type: 'string' } },
    },
    id: { type: 'string', maxLength: 256 },
    options: {
      type: 'object',
      properties: { start: { type: 'number' }, end: { type: 'number' } },
      additionalProperties: false,
    },
  },
  oneOf: [{ required: ['audio_url'] }, { required: ['input_audio'] }],
} as const;

/**
 * JSON Schema (draft 2020-12) of the requests that an `EncodeWorker` takes as JSON: for OpenAPI, for clients that
 * generate code, for gateways that check before they forward. The worker checks the same itself, with better messages.
 */
export const encodeRequestSchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'EncodeRequest',
  type: 'object',
  properties: {
    ...common,
    items: { type: 'array', minItems: 1, items: item },
    messages: { type: 'array', items: { type: 'object' } },
    multimodal_input: { type: 'object', required: ['audio_url'], properties: { audio_url: { type: 'string' } } },
  },
  oneOf: [{ required: ['items'] }, { required: ['messages'] }, { required: ['multimodal_input'] }],
};
