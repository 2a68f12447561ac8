import type { FastifyInstance } from 'fastify';
import { stopwatch } from '../../async/stopwatch.js';
import type { AudioFeatures, FeatureExtractor } from '../../features/index.js';
import type { AudioLoader } from '../../load/index.js';
import { warningsOf } from '../../load/inner.js';
import { littleEndian } from '../../tensors/little_endian.js';
import { writeNpy } from '../../tensors/npy.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import type { Desk } from '../http/desk.js';
import type { ObjectSchema } from '../schema/index.js';
import { clipBody, clipOf, closed, rangeProperties } from './clip.js';
import { describe, objectOf } from './describe.js';
import { sendPieces, setAudioHeaders, setTimings } from './facts.js';

const parameters = {
  ...closed,
  properties: {
    mels: { enum: [80, 128], description: 'Mel bins: 80 up to Whisper large-v2. Default: 128.' },
    padding: {
      enum: ['max_length', 'longest', 'none'],
      description: 'max_length (default): to 30 s, as Whisper models need.',
    },
    truncation: {
      type: 'boolean',
      description: 'Whether audio above 30 s is cut. Default: false: it is an error with max_length.',
    },
    response_format: {
      enum: ['safetensors', 'npy', 'base64'],
      description:
        'safetensors (default): input_features and feature_attention_mask. npy: input_features alone. base64: JSON.',
    },
    ...rangeProperties,
  },
} as const satisfies ObjectSchema;

const tensor = objectOf({
  data: { type: 'string' },
  shape: { type: 'array', items: { type: 'integer' } },
  dtype: { type: 'string' },
});
const inJson = objectOf({
  input_features: tensor,
  feature_attention_mask: tensor,
  frames: { type: 'integer', description: 'Frames that hold audio.' },
  duration: { type: 'number', description: 'Seconds of audio.' },
  warnings: { type: 'array', items: { type: 'string' } },
});

/** `POST /v1/audio/features`: any audio in, log-mel features out. */
export function addFeatures(app: FastifyInstance, desk: Desk, loader: AudioLoader): void {
  const extractors = new Map<number, FeatureExtractor>();
  // Its files are loaded with the first request: many services have none.
  const extractorOf = async (mels: 80 | 128): Promise<FeatureExtractor> => {
    const { FeatureExtractor } = await import('../../features/index.js');
    const extractor = extractors.get(mels) ?? FeatureExtractor.whisper({ mels });
    extractors.set(mels, extractor);
    return extractor;
  };
  app.addHook('onClose', () => Promise.all([...extractors.values()].map((extractor) => extractor.close())));
  const schema = describe({
    summary: 'Log-mel features of any audio',
    description: 'The input of Whisper and Qwen2-Audio: `[1, mels, frames]`, float32, and its mask.',
    body: clipBody(parameters),
    querystring: parameters,
    answer: 'The features.',
    types: ['application/octet-stream'],
    json: inJson,
  });
  app.post('/v1/audio/features', { schema }, async (request, reply) => {
    const { source, parameters: asked } = clipOf(request, parameters);
    const { mels = 128, padding, truncation, response_format: format = 'safetensors', start, end } = asked;
    const signal = await desk.turn(request);
    const clock = stopwatch();
    const extractor = await extractorOf(mels);
    const { sampleRate } = extractor.spec;
    const audio = await loader.load(source, { sampleRate, channels: 1, start, end, signal });
    const load = clock();
    const features = await extractor.extract(audio, { padding, truncation, signal });
    setAudioHeaders(reply, audio);
    setTimings(reply, { load, features: clock() });
    if (format === 'base64') {
      const { duration } = audio;
      return { ...jsonOf(features), duration, warnings: warningsOf(audio) };
    }
    return sendPieces(reply.type('application/octet-stream'), filesOf[format](features));
  });
}

const filesOf = {
  npy: ({ inputFeatures }: AudioFeatures) => writeNpy(inputFeatures),
  safetensors: ({ inputFeatures, featureAttentionMask }: AudioFeatures) =>
    writeSafetensors({ input_features: inputFeatures, feature_attention_mask: featureAttentionMask }),
};

function jsonOf({ inputFeatures, featureAttentionMask, frames }: AudioFeatures) {
  const input_features = base64Of(inputFeatures);
  return { input_features, feature_attention_mask: base64Of(featureAttentionMask), frames: frames[0] };
}

function base64Of(tensor: Tensor) {
  const { shape, dtype } = tensor;
  return { data: Buffer.concat([...littleEndian(tensor)]).toString('base64'), shape, dtype };
}
