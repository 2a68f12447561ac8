import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { LoadedAudio } from '../../load/index.js';
import { warningsOf } from '../../load/inner.js';

/** Milliseconds of each stage, in their order. */
export type Stages = Readonly<Record<string, number>>;

/** What the headers of an answer say of the audio. */
export function setAudioHeaders(reply: FastifyReply, audio: LoadedAudio): void {
  const { sampleRate, channels, frames, duration, source } = audio;
  reply.headers({
    'x-audio-sample-rate': sampleRate,
    'x-audio-channels': channels,
    'x-audio-frames': frames,
    'x-audio-duration': duration,
    'x-audio-source': asciiJson({
      container: source.container,
      codec: source.codec,
      sample_rate: source.sampleRate,
      channels: source.channels,
      channel_layout: source.channelLayout,
      duration: source.duration,
    }),
  });
  const warnings = warningsOf(audio);
  if (warnings.length > 0) reply.header('x-audio-warnings', JSON.stringify(warnings));
}

/** A header holds no other characters, and what is in it may come from the file or the client. */
export function asciiJson(value: object): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}

/** As browsers show it beside each request. */
export function setTimings(reply: FastifyReply, stages: Stages): void {
  const entries = Object.entries(stages).map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(1)}`);
  reply.header('server-timing', entries.join(', '));
}

/** Sends bytes that lie in several places, without copying them: nobody writes to them. */
export function sendPieces(reply: FastifyReply, given: Iterable<Uint8Array>): FastifyReply {
  const pieces = [...given];
  const [only] = pieces;
  if (only && pieces.length === 1) return reply.send(only);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return reply.header('content-length', length).send(Readable.from(pieces, { objectMode: false }));
}
