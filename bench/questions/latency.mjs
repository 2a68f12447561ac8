/**
 * How long sound takes to come out while it is spoken: counted in the audio's own time, as what was pushed when each sample
 * came out. Each piece comes once all that can be made of those before it is out, so that the machine's speed does not
 * count. Beside it soxr itself, in Python (python-soxr), where COCHLEA_PYTHON has it.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { allOut, lagOf, play } from '../../test/decode/live.mjs';
import { mediaRecorderPieces } from '../../test/decode/media_recorder.mjs';
import { python } from '../run/interpreters.mjs';

const run = promisify(execFile);
const SECONDS = 4;
const PIECE = 0.02;
const TO = 16_000;
const RATES = [24_000, 8000, 44_100, 48_000];
const CHUNKS = [160, 1600];

/** As a socket gives it: 16 bits, of a length that nobody knows. @param {number} rate */
function wavPieces(rate) {
  const samples = Int16Array.from({ length: SECONDS * rate }, (_, i) => 12_000 * Math.sin((i * i) / rate / 9));
  const head = Buffer.alloc(44);
  head.write('RIFF\xff\xff\xff\xffWAVEfmt ', 0, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data\xff\xff\xff\xff', 36, 'latin1');
  const bytes = Buffer.from(samples.buffer);
  const length = 2 * Math.round(rate * PIECE);
  const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => ({
    bytes: bytes.subarray(i * length, (i + 1) * length),
    at: (i + 1) * PIECE,
  }));
  return [{ bytes: Buffer.concat([head, pieces[0].bytes]), at: PIECE }, ...pieces.slice(1)];
}

const soxr = (rate) => `
import json, numpy, soxr
stream = soxr.ResampleStream(${rate}, ${TO}, 1, dtype="float32", quality="HQ")
samples = numpy.random.default_rng(1).standard_normal(${SECONDS * rate}).astype("float32")
piece, first, lag, count = ${Math.round(rate * PIECE)}, None, 0.0, 0
for start in range(0, len(samples), piece):
    now = (start + piece) / ${rate}
    for _ in stream.resample_chunk(samples[start : start + piece]):
        first = now if first is None else first
        lag += now - count / ${TO}
        count += 1
print(json.dumps({"first": 1000 * first, "mean": 1000 * lag / count}))`;

async function soxrLag(rate) {
  if (!process.env.COCHLEA_PYTHON) return undefined;
  return JSON.parse((await run(python(), ['-c', soxr(rate)])).stdout);
}

/** @param {{files: Record<string, any>, progress: (text: string) => void}} run */
export async function measure({ files, progress }) {
  const { AudioDecoder } = await import('../../dist/index.js');
  const { native } = await import('../../dist/native/binding.js');
  const decoder = new AudioDecoder({ sampleRate: TO });
  const webm = mediaRecorderPieces(readFileSync(files['long.webm'].path), { packetSeconds: PIECE, seconds: SECONDS });
  const sources = [
    ...RATES.map((rate) => ({ source: `WAV, ${rate / 1000} kHz`, piece: PIECE, pieces: wavPieces(rate), rate })),
    { source: 'WebM, Opus (MediaRecorder)', piece: 0.1, pieces: webm, rate: undefined },
  ];
  const rows = [];
  for (const { source, piece, pieces, rate } of sources) {
    const beside = rate && (await soxrLag(rate));
    for (const frames of CHUNKS) {
      progress(`latency: ${source}, chunks of ${frames}`);
      const lag = lagOf(await play(decoder, pieces, { frames }, (_index, _arrivals, feed) => allOut(native, feed)));
      rows.push({
        contender: 'cochlea',
        source,
        piece: 1000 * piece,
        chunk: (1000 * frames) / TO,
        ...lag,
        soxr: beside,
      });
    }
  }
  return rows;
}
