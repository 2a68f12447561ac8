/**
 * Workers that are terminated at random moments, each while it calls everything that the library has. Run in a process
 * of its own, where a crash is seen: `node terminate-apart.mjs [terminations] [seed] [dist folder]`.
 */
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const terminations = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? 1);
const dist = process.argv[4] ? pathToFileURL(`${process.argv[4]}/`) : new URL('../../dist/', import.meta.url);
const { decode } = await import(new URL('index.js', dist).href);
const { native } = await import(new URL('native/binding.js', dist).href);
/** Workers at a time. */
const lanes = 4;
/** Some are ended while they still import the library, most soon after it, a few much later. */
const longestMilliseconds = 240;

function random() {
  // The generator of Park and Miller.
  random.state = (random.state * 48_271) % 2_147_483_647;
  return random.state / 2_147_483_647;
}
random.state = seed;

/** One second of 8 kHz, and a minute. */
function wav(seconds) {
  const bytes = Buffer.alloc(44 + 16_000 * seconds);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let at = 44; at < bytes.length; at += 2) bytes.writeInt16LE(8000 * Math.sin(at / 9), at);
  return bytes;
}

// Each call is made again as soon as it has ended, whatever came of it.
const script = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { short, long, dist } = workerData;
  parentPort.postMessage('begins');
  Promise.all(['index.js', 'features/index.js', 'native/binding.js'].map((file) => import(dist + file))).then(([library, features, { native }]) => {
    const { AudioDecoder, AudioSource, decode, encode, encodeStream, probe, toFloat16 } = library;
    const decoder = new AudioDecoder({ sampleRate: 16000 });
    const clip = { data: new Float32Array(48000).fill(0.1), sampleRate: 16000 };
    const extractor = features.FeatureExtractor.whisper({ mels: 80 });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
    async function* pieces(bytes) {
      for (let at = 0; at < bytes.length; at += 5000) { yield bytes.subarray(at, at + 5000); if (at % 3 === 0) await pause(); }
    }
    const all = async (iterable) => { for await (const _ of iterable); };
    const calls = [
      () => decode(short), () => decode(long, { quality: 'VHQ' }), () => probe(short), () => probe(pieces(short)),
      () => decode(pieces(short)), () => decode(pieces(long)),
      () => all(decoder.stream(long, { frames: 1600 })), () => all(decoder.stream(pieces(short), { frames: 160 })),
      () => all(decoder.windows(long, { seconds: 3, overlap: 1 })),
      () => decoder.decodeAll([short, long, short]),
      () => encode(clip, { format: 'wav' }), () => encode(clip, { format: 'flac' }),
      () => all(encodeStream([clip, clip, clip], { format: 'flac' })),
      () => extractor.extract([clip, clip]),
      () => toFloat16({ ...clip, shape: [48000], dtype: 'float32' }),
      () => native.pad(clip.data, { name: 'clip', normalize: true }, new Float32Array(60000), new native.Cancellation()),
      async () => { const source = await AudioSource.open(long); await decode(source, { start: 1, end: 2 }); source.close(); },
      () => decode(long, { signal: AbortSignal.timeout(2) }), () => decode(long, { timeout: 1 }),
      () => decode(short.subarray(0, 20)), () => new native.Cancellation(5).cancel(),
    ];
    for (const call of calls) {
      (async () => { while (true) { try { await call(); } catch {} await pause(); } })();
    }
  });`;

const workerData = { short: wav(1), long: wav(60), dist: dist.href };

async function lane(count) {
  for (let i = 0; i < count; i++) {
    const worker = new Worker(script, { eval: true, execArgv: [], workerData });
    worker.on('error', (error) => {
      // An error amid the end of a worker is that end.
      if (!/terminat/i.test(error.message)) throw error;
    });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, random() * longestMilliseconds));
    await worker.terminate();
  }
}

await Promise.all(Array.from({ length: lanes }, () => lane(Math.ceil(terminations / lanes))));
const { frames } = await decode(workerData.short);
// A result is there a moment before its worker counts as free.
for (let i = 0; i < 1000 && native.load().running > 0; i++) await new Promise((resolve) => setTimeout(resolve, 1));
process.stdout.write(`${JSON.stringify({ frames, ...native.load() })}\n`);
