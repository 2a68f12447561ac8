import type { FastifyInstance } from 'fastify';
import { stopwatch } from '../../async/stopwatch.js';
import { highestRate, lowestRate } from '../../checks.js';
import { encode } from '../../encode/index.js';
import type { AudioLoader, LoadedAudio } from '../../load/index.js';
import { littleEndian } from '../../tensors/little_endian.js';
import { writeNpy } from '../../tensors/npy.js';
import type { Desk } from '../http/desk.js';
import type { ObjectSchema } from '../schema/index.js';
import { clipBody, clipOf, closed, invalid, rangeProperties } from './clip.js';
import { describe } from './describe.js';
import { sendPieces, setAudioHeaders, setTimings } from './facts.js';

const formats = ['wav', 'flac', 'f32', 'npy'] as const;
type Format = (typeof formats)[number];

const mediaTypes: Readonly<Record<Format, string>> = {
  wav: 'audio/wav',
  flac: 'audio/flac',
  f32: 'application/octet-stream',
  npy: 'application/octet-stream',
};

const parameters = {
  ...closed,
  properties: {
    response_format: {
      enum: formats,
      description:
        'wav (default), flac, npy (NumPy, float32), or f32: the elements of that array, little-endian, one channel after the other.',
    },
    sample_rate: {
      type: 'integer',
      minimum: lowestRate,
      maximum: highestRate,
      description: 'In Hz. Default: that of the source.',
    },
    channels: { enum: [1, 2, 'native'], description: 'Default: 1.' },
    bit_depth: {
      enum: [16, 24, 32],
      description: 'wav: 32 (default, float), 24 or 16. flac: 16 (default) or 24.',
    },
    downmix: {
      enum: ['mean', 'ffmpeg', 'first', 'none'],
      description: 'How channels become fewer. Default: mean.',
    },
    quality: {
      enum: ['QQ', 'LQ', 'MQ', 'HQ', 'VHQ'],
      description: 'Of resampling, as libsoxr names them. Default: HQ.',
    },
    ...rangeProperties,
  },
} as const satisfies ObjectSchema;

/** `POST /v1/audio/decode`: any audio in, samples out. */
export function addDecode(app: FastifyInstance, desk: Desk, loader: AudioLoader): void {
  const schema = describe({
    summary: 'Decode any audio',
    description: 'Decodes, downmixes and resamples a clip. The body is the audio itself, a form, or JSON.',
    body: clipBody(parameters),
    querystring: parameters,
    answer: 'The samples.',
    types: [...new Set(Object.values(mediaTypes))],
  });
  app.post('/v1/audio/decode', { schema }, async (request, reply) => {
    const { source, parameters: asked } = clipOf(request, parameters);
    const { response_format: format = 'wav', bit_depth, sample_rate, ...rest } = asked;
    if (bit_depth !== undefined && format !== 'wav' && format !== 'flac') {
      throw invalid(`bit_depth goes with wav and flac; ${format} is float32`);
    }
    const signal = await desk.turn(request);
    const clock = stopwatch();
    const audio = await loader.load(source, { channels: 1, ...rest, sampleRate: sample_rate, signal });
    const load = clock();
    const pieces = await piecesOf(audio, format, bit_depth, signal);
    setAudioHeaders(reply, audio);
    setTimings(reply, { load, encode: clock() });
    return sendPieces(reply.type(mediaTypes[format]), pieces);
  });
}

async function piecesOf(
  audio: LoadedAudio,
  format: Format,
  bitDepth: 16 | 24 | 32 | undefined,
  signal: AbortSignal,
): Promise<Iterable<Uint8Array>> {
  if (format === 'npy') return writeNpy(audio);
  if (format === 'f32') return littleEndian(audio);
  if (format === 'flac' && bitDepth === 32) throw invalid('bit_depth must be 16 or 24 for flac');
  if (format === 'flac' && audio.channels > 8) {
    throw invalid(`flac holds up to 8 channels, and this has ${audio.channels}: ask for wav, or fewer channels`);
  }
  return [await encode(audio, { format, bitDepth, signal })];
}
