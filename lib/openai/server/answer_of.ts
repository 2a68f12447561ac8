import type { Answer } from './channel.js';

/** An answer, by its headers. Servers give the rate of PCM in the media type (`audio/pcm;rate=22050`) or in a header. */
export function answerOf(
  server: string,
  header: (name: string) => string | undefined,
  body: AsyncIterable<Uint8Array>,
): Answer {
  const contentType = header('content-type')?.toLowerCase() ?? '';
  const [, rate = header('x-sample-rate')] = /;\s*(?:sample_?)?rate="?(\d{4,6})/.exec(contentType) ?? [];
  return { server, contentType, sampleRate: rate && /^\d{4,6}$/.test(rate) ? Number(rate) : undefined, body };
}
