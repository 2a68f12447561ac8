import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode, probe, versions } from '../../dist/index.js';
import { equalSamples, floatWav } from './wav.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const speech = `${fixtures}speech/speech.wav`;
const surround = `${fixtures}formats/wav-extensible-5.1.wav`;

/** Speech-like: enough to tell one sample from another. */
function noise(frames: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.8;
  });
}

describe('sources', () => {
  test('a path, a URL, a Buffer, an ArrayBuffer, a DataView, an offset view and a Blob give the same samples', async () => {
    const expected = await decode(speech);
    const bytes = readFileSync(speech);
    const copy = new Uint8Array(bytes);
    const shifted = new Uint8Array(copy.length + 7);
    shifted.set(copy, 5);
    const sources = [
      pathToFileURL(speech),
      bytes,
      copy,
      copy.buffer,
      new DataView(copy.buffer),
      shifted.subarray(5, 5 + copy.length),
      new Blob([copy]),
    ];
    for (const source of sources) {
      const audio = await decode(source);
      expect(equalSamples(audio.data, expected.data)).toBe(true);
      expect(audio.source.size).toBe(copy.length);
    }
  });

  test('headerless PCM is read as described, and only then', async () => {
    const { data } = await decode(speech);
    const pcm = Int16Array.from(data, (sample) => sample * 32_768);
    const audio = await decode(pcm.buffer, { raw: { codec: 'pcm_s16le', sampleRate: 22_050, channels: 1 } });
    expect(audio.sampleRate).toBe(22_050);
    expect(equalSamples(audio.data, data)).toBe(true);
    await expect(decode(new Uint8Array(4000))).rejects.toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
  });
});

describe('channels', () => {
  test('native keeps all channels, planar', async () => {
    const audio = await decode(surround, { channels: 'native' });
    expect(audio.channels).toBe(6);
    expect(audio.shape).toEqual([6, audio.frames]);
    expect(audio.data.length).toBe(6 * audio.frames);
  });

  test('first takes the first channels, none refuses to mix', async () => {
    const all = await decode(surround, { channels: 'native' });
    const one = await decode(surround, { downmix: 'first' });
    expect(equalSamples(one.data, all.data.subarray(0, all.frames))).toBe(true);
    const two = await decode(surround, { channels: 2, downmix: 'first' });
    expect(equalSamples(two.data, all.data.subarray(0, 2 * all.frames))).toBe(true);
    await expect(decode(surround, { downmix: 'none' })).rejects.toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_LAYOUT' });
  });

  test('mono to two channels is a copy on both sides', async () => {
    const mono = await decode(speech);
    const stereo = await decode(speech, { channels: 2 });
    expect(stereo.shape).toEqual([2, mono.frames]);
    expect(equalSamples(stereo.data.subarray(0, mono.frames), mono.data)).toBe(true);
    expect(equalSamples(stereo.data.subarray(mono.frames), mono.data)).toBe(true);
  });

  test('mean to two channels stays within full scale', async () => {
    const loud = floatWav(
      [1, 1, 1, 1, 1, 1].map((level) => new Float32Array(400).fill(level)),
      48_000,
    );
    const stereo = await decode(loud, { channels: 2 });
    for (const sample of stereo.data) expect(Math.abs(sample - 1)).toBeLessThan(1e-6);
  });
});

describe('lengths', () => {
  test('tail: edit-list trims MP4 to the length that was encoded', async () => {
    const original = await decode(speech);
    const whole = await decode(`${fixtures}speech/speech.m4a`);
    const trimmed = await decode(`${fixtures}speech/speech.m4a`, { tail: 'edit-list' });
    expect(whole.frames).toBeGreaterThan(original.frames);
    // Edit lists count in milliseconds.
    expect(Math.abs(trimmed.frames - original.frames)).toBeLessThanOrEqual(original.sampleRate / 1000);
    expect(equalSamples(trimmed.data, whole.data.subarray(0, trimmed.frames))).toBe(true);
  });

  test.each([1, 2, 3, 100, 1023])('%i frames resample to ceil(frames · to / from)', async (frames) => {
    const wav = floatWav([noise(frames)], 44_100);
    const audio = await decode(wav, { sampleRate: 16_000 });
    expect(audio.frames).toBe(Math.ceil(frames * (16_000 / 44_100)));
  });
});

describe('threads', () => {
  // Twenty seconds and more are resampled on a second thread when one is idle.
  const long = floatWav([noise(44_100 * 30), noise(44_100 * 30, 2)], 44_100);

  test('long audio gives the same samples alone and in a crowd', async () => {
    const alone = await decode(long, { sampleRate: 16_000 });
    expect(alone.frames).toBe(480_000);
    const crowd = await Promise.all(Array.from({ length: 12 }, () => decode(long, { sampleRate: 16_000 })));
    for (const audio of crowd) expect(equalSamples(audio.data, alone.data)).toBe(true);
  });

  test('channels resampled together are those resampled apart', async () => {
    const both = await decode(long, { sampleRate: 16_000, channels: 'native' });
    const left = await decode(long, { sampleRate: 16_000, downmix: 'first' });
    expect(equalSamples(both.data.subarray(0, both.frames), left.data)).toBe(true);
  });
});

describe('memory', () => {
  test('a result with a stated length is transferable, and so is a small one without', async () => {
    const audio = await decode(speech);
    expect(audio.transferable).toBe(true);
    const { buffer } = audio.data;
    structuredClone(audio.data, { transfer: [buffer] });
    expect(buffer.byteLength).toBe(0);
    expect((await decode(`${fixtures}speech/speech.ogg`)).transferable).toBe(true);
  });
});

describe('probe', () => {
  test('lists all audio streams and describes the one that is decoded', async () => {
    const info = await probe(`${fixtures}formats/two-audio-second-default.mkv`);
    expect(info.streams.length).toBe(2);
    const second = await decode(`${fixtures}formats/two-audio-second-default.mkv`, { stream: info.streams[1]?.index });
    const first = await decode(`${fixtures}formats/two-audio-second-default.mkv`, { stream: info.streams[0]?.index });
    expect(second.source.index).not.toBe(first.source.index);
    expect(equalSamples(first.data, second.data)).toBe(false);
    await expect(decode(`${fixtures}formats/two-audio-second-default.mkv`, { stream: 9 })).rejects.toMatchObject({
      code: 'ERR_AUDIO_NO_STREAM',
    });
  });
});

test('options of the decoder hold where the request is silent', async () => {
  const decoder = new AudioDecoder({ sampleRate: 8000, channels: 2 });
  expect((await decoder.decode(speech)).shape[0]).toBe(2);
  const other = await decoder.decode(speech, { sampleRate: 16_000, channels: 1 });
  expect([other.sampleRate, other.channels]).toEqual([16_000, 1]);
  expect((await decoder.decode(speech, { sampleRate: undefined })).sampleRate).toBe(8000);
});

test('versions name what is linked, and soxr runs its SIMD engine', () => {
  expect(versions().ffmpeg).toMatch(/^7\.1\.5 /);
  expect(versions().ffmpegLicense).toMatch(/^LGPL/);
  expect(versions().soxrEngine).toBe('cr32s');
});

test('errors carry the stack of the caller', async () => {
  async function theCallerOfDecode(): Promise<unknown> {
    return await decode('/no/such/file.wav');
  }
  const error = await theCallerOfDecode().catch((reason: unknown) => reason as Error & { cause: { code: string } });
  expect(error).toMatchObject({ name: 'SourceError', code: 'ERR_AUDIO_SOURCE', cause: { code: 'ENOENT' } });
  expect((error as Error).stack).toContain('theCallerOfDecode');
});

test('NODE_DEBUG=cochlea prints what FFmpeg says', () => {
  const module = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const program = `import(${JSON.stringify(module)}).then(({ decode }) => decode(${JSON.stringify(`${fixtures}formats/adts-aac.aac`)}))`;
  const run = (debug: string): string =>
    execFileSync('/bin/sh', ['-c', `exec "$0" -e '${program}' 2>&1`, process.execPath], {
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: debug },
    });
  expect(run('cochlea')).toContain('Estimating duration from bitrate');
  expect(run('')).toBe('');
});
