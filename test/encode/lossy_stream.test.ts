import { describe, expect, test } from 'vitest';
import { type AudioSamples, decode, encode, encodeStream } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf, runNode, slowness } from '../safe/outcome.js';
import { ffmpegDecode, framesOf, type LossyFormat, music, othersDecode, type Sound } from './lossy_oracle.js';
import { longNoise } from './oracle.js';

/** MP3, Opus and AAC while the samples arrive. */

const formats = ['mp3', 'opus', 'aac'] as const satisfies LossyFormat[];
const timeout = 120_000 * slowness;

function* chunksOf({ data, channels, sampleRate }: Sound, size: number): Generator<AudioSamples> {
  const frames = data.length / channels;
  for (let start = 0; start < frames; start += size) {
    const length = Math.min(size, frames - start);
    const block = new Float32Array(channels * length);
    for (let c = 0; c < channels; c++) {
      block.set(data.subarray(c * frames + start, c * frames + start + length), c * length);
    }
    yield { data: block, shape: [channels, length], sampleRate };
  }
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

const streamed = (sound: Sound, size: number, format: LossyFormat) =>
  joined(encodeStream(chunksOf(sound, size), { format }));

describe.each(formats)('%s', (format) => {
  test.each([24_000, 22_050, 44_100])(
    'the sizes of the chunks change no byte: %i Hz',
    { timeout },
    async (sampleRate) => {
      const sound = music(20_011, 2, sampleRate);
      const file = await streamed(sound, 1 << 20, format);
      for (const size of [160, 576, 960, 1152, 4096, 7777]) {
        expect(Buffer.compare(await streamed(sound, size, format), file)).toBe(0);
      }
      const short = music(300, 1, sampleRate);
      expect(Buffer.compare(await streamed(short, 1, format), await streamed(short, 300, format))).toBe(0);
    },
  );

  test.each([24_000, 44_100])('holds the same samples as the whole file: %i Hz', { timeout }, async (sampleRate) => {
    const sound = music(30_011, 2, sampleRate);
    const whole = await decode(await encode(sound, { format }), { channels: 'native' });
    const stream = await decode(await streamed(sound, 1000, format), { channels: 'native' });
    expect(stream.damage).toMatchObject({ packets: 0, truncated: false });
    if (format !== 'mp3') {
      expect(equalSamples(stream.data, whole.data)).toBe(true);
      return;
    }
    // The end of the padding is not known when the header leaves: less than two frames of silence more.
    expect(stream.frames).toBeGreaterThanOrEqual(whole.frames);
    expect(stream.frames - whole.frames).toBeLessThan(2 * 1152);
    for (let c = 0; c < 2; c++) {
      const from = stream.data.subarray(c * stream.frames, c * stream.frames + whole.frames);
      expect(equalSamples(from, whole.data.subarray(c * whole.frames, (c + 1) * whole.frames))).toBe(true);
    }
  });

  test('other decoders begin where the samples begin', { timeout }, async () => {
    const sound = music(24_000, 1, 24_000);
    const file = await streamed(sound, 1000, format);
    const whole = await encode(sound, { format });
    const [ours, theirs] = [ffmpegDecode(file), ffmpegDecode(whole)];
    expect(equalSamples(ours.data.subarray(0, framesOf(theirs)), theirs.data)).toBe(true);
    if (format === 'aac') return;
    const [other, expected] = [othersDecode(file, format), othersDecode(whole, format)];
    // Without a length, mpg123 takes the delay of LAME (576) and of decoders (529) for sound.
    const begin = format === 'mp3' ? 576 + 529 : 0;
    expect(equalSamples(other.data.subarray(begin, begin + framesOf(expected)), expected.data)).toBe(true);
  });

  test('bytes leave soon after their samples came', async () => {
    const sampleRate = 24_000;
    const sound = music(2 * sampleRate, 1, sampleRate);
    let given = 0;
    function* source() {
      for (const chunk of chunksOf(sound, 240)) {
        given += 240;
        yield chunk;
      }
    }
    const gaps: number[] = [];
    let before = 0;
    let size = 0;
    for await (const piece of encodeStream(source(), { format })) {
      size += piece.length;
      if (given < 2 * sampleRate) gaps.push((given - before) / sampleRate);
      before = given;
    }
    expect(size).toBeGreaterThan(2000);
    // ADTS has no header: what leaves first is sound. The others' header leaves with the first samples.
    if (format === 'aac') gaps.unshift(0.01);
    expect(gaps[0]).toBe(0.01);
    // As the documentation says, at 24 kHz.
    expect(gaps[1]).toBeLessThanOrEqual({ mp3: 0.1, opus: 0.15, aac: 0.1 }[format]);
    expect(Math.max(...gaps.slice(2))).toBeLessThanOrEqual(0.07);
  });

  test('abort ends it while a long chunk is encoded, and closes the source', async () => {
    const controller = new AbortController();
    let closed = false;
    function* source() {
      try {
        yield { data: longNoise(), sampleRate: 48_000 };
      } finally {
        closed = true;
      }
    }
    const pieces = encodeStream(source(), { format, signal: controller.signal });
    const next = pieces.next();
    while (native.load().running === 0) await new Promise((resolve) => setImmediate(resolve));
    const started = performance.now();
    controller.abort();
    expect(await errorOf(next)).toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeLessThan(50 * slowness);
    expect(closed).toBe(true);
  });

  test('a timeout and an abort end a whole file', async () => {
    const long = { data: longNoise(), sampleRate: 44_000 };
    expect(await errorOf(encode(long, { format, timeout: 5 }))).toMatchObject({ code: 'ERR_AUDIO_LIMIT' });
    const controller = new AbortController();
    const encoding = encode(long, { format, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect(await errorOf(encoding)).toMatchObject({ name: 'AbortError' });
  });
});

const script = (body: string) => [
  '--expose-gc',
  '--input-type=module',
  '--eval',
  `import { Worker } from 'node:worker_threads';
   const { encode, encodeStream } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
   const second = Float32Array.from({ length: 8000 }, (_, i) => 0.3 * Math.sin(i / 9) + 0.1 * Math.sin(i / 3.7));
   ${body}`,
];

test.each(formats)('an hour of %s takes no more memory than ten minutes', { timeout: 2 * timeout }, async (format) => {
  // 8 kHz is the fastest to encode.
  const run = await runNode(
    script(`
      let peak = 0;
      let seconds = 0;
      function* speech() {
        for (; seconds < 3600; seconds += 10) {
          const data = new Float32Array(80_000);
          for (let i = 0; i < 10; i++) data.set(second, 8000 * i);
          yield { data, sampleRate: 8000 };
        }
      }
      let bytes = 0;
      let atTenMinutes = 0;
      for await (const piece of encodeStream(speech(), { format: ${JSON.stringify(format)}, bitRate: 8000 })) {
        bytes += piece.length;
        if (seconds % 100 === 0) globalThis.gc();
        const { rss } = process.memoryUsage();
        if (seconds <= 600) atTenMinutes = Math.max(atTenMinutes, rss);
        peak = Math.max(peak, rss);
      }
      console.log(JSON.stringify({ bytes, grown: peak - atTenMinutes }));`),
  );
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const { bytes, grown } = JSON.parse(run.stdout) as { bytes: number; grown: number };
  expect(bytes).toBeGreaterThan(1_000_000);
  // An hour of these samples is 115 MB, and of the file 3 MB and more.
  expect(grown).toBeLessThan(2 ** 24);
});

test('the end of a process and of workers in mid-encode', { timeout }, async () => {
  const run = await runNode(
    script(`
      const work = \`
        const { parentPort } = require('node:worker_threads');
        const { encode, encodeStream } = require(\${JSON.stringify(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).pathname)})});
        const long = { data: new Float32Array(5_000_000).map((_, i) => Math.sin(i / 9) / 2), sampleRate: 44_100 };
        for (const format of ['mp3', 'opus', 'aac']) {
          encode(long, { format }).catch(() => {});
          encodeStream([long], { format }).next().catch(() => {});
        }
        parentPort.postMessage('started');\`;
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(work, { eval: true, execArgv: [] });
        await new Promise((resolve) => worker.once('message', resolve));
        await new Promise((resolve) => setTimeout(resolve, 20 * i));
        await worker.terminate();
      }
      const bytes = await encode({ data: second, sampleRate: 8000 }, { format: 'mp3' });
      encode({ data: new Float32Array(5_000_000), sampleRate: 8000 }, { format: 'opus' });
      setTimeout(() => process.exit(bytes.length > 5000 ? 7 : 1), 30);`),
  );
  expect(run).toMatchObject({ code: 7, signal: null, stderr: '' });
});
