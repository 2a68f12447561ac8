import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import {
  type AudioSource,
  decode,
  encode,
  encodeStream,
  readSafetensors,
  type Tensor,
  toFloat16,
  windows,
  writeSafetensors,
} from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { noise, towerFolder } from '../tower/reference.js';

// What another realm makes has classes of its own: nothing of it is an instance of ours.
const context = createContext({ Blob, URL, AbortController, ReadableStream });
const realm = <Value>(code: string): Value => runInContext(`(${code})`, context) as Value;
const fixture = new URL('../fixtures/formats/wav-pcm_s16le.wav', import.meta.url);

/** The same values in an array of the other realm. */
function foreign<View extends Float32Array | Int32Array | Uint8Array>(view: View): View {
  const copy = realm<(values: number[]) => View>(`(values) => ${view.constructor.name}.from(values)`)([...view]);
  expect(copy).not.toBeInstanceOf(view.constructor);
  return copy;
}

const audio = { data: foreign(noise(32_000, 1).data), sampleRate: 16_000 };

const bytes = Buffer.from(await encode(noise(16_000, 1), { format: 'flac' }));

describe('values of another realm are what they are', () => {
  test('samples are encoded, whole and as a stream', async () => {
    const file = await encode(audio, { format: 'wav' });
    expect((await decode(file)).data).toEqual(noise(32_000, 1).data);
    const pieces = [];
    for await (const piece of encodeStream([audio], { format: 'wav' })) pieces.push(piece);
    expect((await decode(Buffer.concat(pieces))).frames).toBe(32_000);
  });

  test('samples are converted to 16 bits and written as safetensors', async () => {
    const tensor: Tensor<Float32Array> = { data: audio.data, shape: [32_000], dtype: 'float32' };
    expect((await toFloat16(tensor)).data).toHaveLength(32_000);
    const file = foreign(new Uint8Array(Buffer.concat([...writeSafetensors({ tensor })])));
    expect(readSafetensors(file).tensors.tensor?.data).toEqual(noise(32_000, 1).data);
  });

  test('samples are cut into windows', () => {
    const { data, sampleRate } = audio;
    const decoded = { data, sampleRate, shape: [32_000], dtype: 'float32', channels: 1, frames: 32_000 } as const;
    const chunk = { ...decoded, startFrame: 0, start: 0, duration: 2 };
    expect([...windows(chunk, { seconds: 1 })]).toHaveLength(2);
  });

  test('features are taken of samples, and embeddings of both', async () => {
    const features = await FeatureExtractor.whisper({ mels: 128 }).extract(audio);
    expect(features.frames).toEqual([200]);
    const tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
    const { inputFeatures, featureAttentionMask } = features;
    const [ofAudio, ofFeatures] = await Promise.all([
      tower.embed(audio),
      tower.embed({
        ...features,
        inputFeatures: { ...inputFeatures, data: foreign(inputFeatures.data) as Float32Array<ArrayBuffer> },
        featureAttentionMask: {
          ...featureAttentionMask,
          data: foreign(featureAttentionMask.data) as Int32Array<ArrayBuffer>,
        },
      }),
    ]);
    expect(ofFeatures.audioFeatures.data).toEqual(ofAudio.audioFeatures.data);
    await tower.close();
  });

  const sources: [string, AudioSource][] = [
    ['a Uint8Array', foreign(new Uint8Array(bytes))],
    ['an ArrayBuffer', foreign(new Uint8Array(bytes)).buffer],
    [
      'a DataView',
      realm<(buffer: ArrayBufferLike) => DataView>('(b) => new DataView(b)')(new Uint8Array(bytes).buffer),
    ],
    [
      'an async iterable',
      realm<(bytes: Uint8Array) => AsyncIterable<Uint8Array>>('async function* (bytes) { yield bytes; }')(bytes),
    ],
  ];
  test.each(sources)('%s is decoded and loaded', async (_, source) => {
    expect((await decode(source)).frames).toBe(16_000);
  });

  // Made by other code than Node's, as jsdom's and those of polyfills: only what they can do tells what they are.
  const blob = new Blob([bytes]);
  const alike: [string, () => unknown][] = [
    ['a Blob', () => ({ size: blob.size, stream: () => blob.stream(), arrayBuffer: () => blob.arrayBuffer() })],
    [
      'a ReadableStream',
      () => {
        const stream = blob.stream();
        return {
          locked: false,
          getReader: () => stream.getReader(),
          cancel: (reason: unknown) => stream.cancel(reason),
        };
      },
    ],
  ];
  test.each(alike)('%s of another implementation is decoded and loaded', async (_, make) => {
    expect((await decode(make() as Blob)).frames).toBe(16_000);
    await using loader = new AudioLoader();
    expect((await loader.load(make() as Blob)).frames).toBe(16_000);
  });

  test('a file: URL of another implementation is decoded and loaded', async () => {
    const { href, protocol, hostname, pathname } = fixture;
    const url = { href, protocol, hostname, pathname } as URL;
    expect((await decode(url)).frames).toBeGreaterThan(0);
    await using loader = new AudioLoader({ allowedRoot: fileURLToPath(new URL('.', fixture)) });
    expect((await loader.load(url)).frames).toBeGreaterThan(0);
  });

  test('an AbortSignal of another implementation aborts', async () => {
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      reason: 'enough',
      addEventListener: (_: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
    };
    const stopped = decode(new ReadableStream(), { signal: signal as unknown as AbortSignal });
    signal.aborted = true;
    for (const listener of listeners) listener();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORT_ERR', cause: 'enough' });
    expect(listeners.size).toBe(0);
  });
});

test('the library works inside a realm of its own', { timeout: 300_000 }, () => {
  const args = ['vitest', 'run', '--config', fileURLToPath(new URL('vm.config.ts', import.meta.url))];
  const { status, stdout, stderr } = spawnSync('npx', args, { encoding: 'utf8', env: { ...process.env, VITEST: '' } });
  expect(stripVTControlCharacters(`${stdout}\n${stderr}`)).toMatch(/Tests +\d+ passed/);
  expect(status).toBe(0);
});
