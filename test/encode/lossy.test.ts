import { describe, expect, test } from 'vitest';
import { type DecodedAudio, decode, type EncodeOptions, encode } from '../../dist/index.js';
import { errorOf, slowness, thrownBy } from '../safe/outcome.js';
import {
  ffmpegDecode,
  ffmpegEncode,
  framesOf,
  type LossyFormat,
  music,
  othersDecode,
  type Sound,
  snr,
  streamFacts,
} from './lossy_oracle.js';
import { noise } from './oracle.js';

/** MP3, Opus and AAC, whole: what others and we decode of them, beside what the ffmpeg command makes of the same samples. */

const formats = ['mp3', 'opus', 'aac'] as const satisfies LossyFormat[];
/** ADTS has no field for it: FFmpeg's encoder begins with a block of 1024 frames, which every decoder gives out. */
const adtsDelay = 1024;
/** Other programs run for each case. */
const timeout = 120_000 * slowness;

const decoded = (file: Uint8Array): Promise<DecodedAudio> => decode(file, { channels: 'native' });

/** Opus is always decoded at 48 kHz, where the same samples stand three times as close. */
function atTheRateOf({ sampleRate }: { readonly sampleRate: number }, frames: number, rate: number): number {
  return (frames * sampleRate) / rate;
}

describe('every length comes back as it was', { timeout }, () => {
  // MPEG-1 has frames of 1152, MPEG-2 and 2.5 of 576; the padding may span two of them.
  const lengths = [1, 2, 47, 575, 576, 577, 622, 623, 1105, 1152, 1199, 2257, 2304, 10_007];

  test.each([8000, 24_000, 44_100])('MP3 at %i Hz', async (sampleRate) => {
    for (const frames of lengths) {
      const file = await encode(music(frames, 1, sampleRate), { format: 'mp3' });
      const audio = await decoded(file);
      expect([frames, audio.frames, audio.damage]).toMatchObject([frames, frames, { packets: 0, truncated: false }]);
    }
    for (const frames of [1, 623, 2257, 10_007]) {
      const file = await encode(music(frames, 2, sampleRate), { format: 'mp3' });
      // Stock FFmpeg makes 530 of one: native/dependencies/patches/0313.
      if (frames > 1) expect(framesOf(ffmpegDecode(file))).toBe(frames);
      expect(framesOf(othersDecode(file, 'mp3'))).toBe(frames);
    }
  });

  test('MP3, each remainder of a frame', async () => {
    for (const sampleRate of [24_000, 48_000]) {
      const frameLength = sampleRate < 32_000 ? 576 : 1152;
      for (let frames = 3000; frames < 3000 + frameLength; frames += 7) {
        const audio = await decoded(await encode(music(frames, 1, sampleRate), { format: 'mp3' }));
        expect(audio.frames).toBe(frames);
      }
    }
  });

  test.each([8000, 12_000, 16_000, 24_000, 48_000])('Opus at %i Hz', async (sampleRate) => {
    for (const frames of lengths) {
      const audio = await decoded(await encode(music(frames, 1, sampleRate), { format: 'opus' }));
      expect(audio.sampleRate).toBe(48_000);
      expect(audio.frames).toBe(atTheRateOf(audio, frames, sampleRate));
      expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
    }
    for (const frames of [1, 623, 10_007]) {
      const file = await encode(music(frames, 2, sampleRate), { format: 'opus' });
      expect(framesOf(ffmpegDecode(file))).toBe(atTheRateOf({ sampleRate: 48_000 }, frames, sampleRate));
      expect(framesOf(othersDecode(file, 'opus'))).toBe(atTheRateOf({ sampleRate: 48_000 }, frames, sampleRate));
    }
  });

  test.each([7350, 16_000, 44_100, 96_000])('AAC at %i Hz: in whole blocks, after one of delay', async (sampleRate) => {
    for (const frames of [1, 1023, 1024, 1025, 10_007]) {
      const file = await encode(music(frames, 1, sampleRate), { format: 'aac' });
      const audio = await decoded(file);
      expect(audio.frames % 1024).toBe(0);
      expect(audio.frames).toBeGreaterThanOrEqual(frames + adtsDelay);
      expect(audio.frames).toBeLessThan(frames + adtsDelay + 2048);
      // Stock FFmpeg does not recognise one block or two: native/dependencies/patches/0314.
      if (frames > 2048) expect(framesOf(ffmpegDecode(file))).toBe(audio.frames);
    }
  });
});

// At the same bit rate, what comes back is as near to the samples as what the ffmpeg command makes of them. Half a
// decibel is for its other versions of the encoders; an offset of one frame would cost ten.
describe.each(formats)('%s is as good as that of the ffmpeg command', (format) => {
  const skip = format === 'aac' ? adtsDelay : 0;

  test.each([
    [16_000, 1, 32_000],
    [24_000, 1, 64_000],
    [48_000, 2, 128_000],
  ])('%i Hz, %i channels, %i bit/s', { timeout }, async (sampleRate, channels, bitRate) => {
    const sound = music(3 * sampleRate, channels, sampleRate, 0);
    const file = await encode(sound, { format, bitRate });
    // Opus is decoded at 48 kHz by everyone: compare what both decode to.
    const reference: Sound = format === 'opus' ? resampled(sound) : sound;
    const ours = snr(reference, ffmpegDecode(file), skip);
    const theirFile = ffmpegEncode(sound, format, bitRate);
    const theirs = snr(reference, ffmpegDecode(theirFile), skip);
    expect(ours).toBeGreaterThan(theirs - 0.5);
    expect(ours).toBeGreaterThan(8);
    // Our own decoder agrees with others. FFmpeg's own of Opus is late and dull on voice.
    const other = format === 'opus' ? othersDecode(file, format) : ffmpegDecode(file);
    expect(snr(other, soundIn(await decoded(file)))).toBeGreaterThan(60);
    // For tones, Opus takes half as much again, by whomever it is asked.
    expect(file.length).toBeLessThan(1.05 * theirFile.length);
  });

  test('says what it is', { timeout }, async () => {
    const facts = streamFacts(await encode(music(48_000, 2, 24_000), { format, bitRate: 64_000 }));
    expect(facts).toMatchObject(
      {
        mp3: { container: 'mp3', codec: 'mp3', sampleRate: 24_000, channels: 2, bitRate: 64_000 },
        opus: { container: 'ogg', codec: 'opus', sampleRate: 48_000, channels: 2 },
        aac: { container: 'aac', codec: 'aac', profile: 'LC', sampleRate: 24_000, channels: 2 },
      }[format],
    );
  });
});

/** The same tones at the rate at which Opus is decoded. */
function resampled({ data, channels, sampleRate }: Sound): Sound {
  return music((data.length / channels / sampleRate) * 48_000, channels, 48_000, 0);
}

function soundIn({ data, channels, sampleRate }: DecodedAudio): Sound {
  return { data: Float32Array.from(data), channels, sampleRate };
}

describe('rates that a format does not have', { timeout }, () => {
  test.each([
    ['mp3', 1000, 8000],
    ['mp3', 11_000, 11_025],
    ['mp3', 96_000, 48_000],
    ['opus', 44_100, 48_000],
    ['opus', 11_025, 48_000],
    ['opus', 192_000, 48_000],
    ['aac', 7000, 7350],
    ['aac', 50_000, 64_000],
    ['aac', 768_000, 96_000],
  ] as const)('%s of %i Hz is written with %i', async (format, sampleRate, rate) => {
    const frames = 2 * sampleRate;
    const file = await encode(music(frames, 1, sampleRate), { format });
    const audio = await decoded(file);
    expect(audio.sampleRate).toBe(rate);
    expect(streamFacts(file).sampleRate).toBe(rate);
    if (format !== 'aac') expect(audio.frames).toBe(Math.ceil((frames * rate) / sampleRate));
  });

  test('what is resampled is the same sound', async () => {
    const sound = music(2 * 44_100, 1, 44_100, 0);
    const file = await encode(sound, { format: 'opus', bitRate: 128_000 });
    const there = music(2 * 48_000, 1, 48_000, 0);
    const direct = await encode(there, { format: 'opus', bitRate: 128_000 });
    expect(snr(there, ffmpegDecode(file))).toBeGreaterThan(snr(there, ffmpegDecode(direct)) - 1);
  });
});

describe.each(formats)('%s', (format) => {
  test('the same samples make the same bytes, alone and beside others, without the version of FFmpeg', async () => {
    const sound = music(30_000, 2, 24_000);
    const file = await encode(sound, { format });
    const many = await Promise.all(Array.from({ length: 12 }, () => encode(sound, { format })));
    for (const each of many) expect(Buffer.compare(each, file)).toBe(0);
    expect(Buffer.from(file).toString('latin1')).not.toMatch(/Lav[fc]\d/);
  });

  test.each([1, 1000, 24_000])('silence of %i frames', async (frames) => {
    const file = await encode({ data: new Float32Array(frames), sampleRate: 24_000 }, { format });
    const audio = await decoded(file);
    expect(audio.data.every((sample) => Math.abs(sample) < 1e-3)).toBe(true);
    expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
  });

  test.each([24_000, 22_000])(
    'samples beyond ±1 at %i Hz are clipped and counted; ±1 itself is kept',
    async (sampleRate) => {
      const data = noise(20_000);
      data.set([10, -10, 3e38, 1, -1, 1.0000001], 5000);
      const clippedData = data.map((sample) => Math.max(-1, Math.min(1, sample)));
      const counts: number[] = [];
      const onClipped = (count: number) => counts.push(count);
      const loud = await encode({ data, sampleRate }, { format, onClipped });
      expect(counts).toEqual([4]);
      const kept = await encode({ data: clippedData, sampleRate }, { format, onClipped });
      expect(counts).toEqual([4]);
      expect(Buffer.compare(loud, kept)).toBe(0);
    },
  );

  test.each([24_000, 22_000])('NaN and infinity at %i Hz are refused by place', async (sampleRate) => {
    for (const [value, shown] of [
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, 'infinite'],
    ] as const) {
      const data = noise(2 * 9000);
      data[9000 + 8123] = value;
      expect(await errorOf(encode({ data, channels: 2, sampleRate }, { format }))).toMatchObject({
        code: 'ERR_AUDIO_NON_FINITE',
        message: `frame 8123 of channel 1 is ${shown}`,
      });
    }
  });

  test('the loudest noise, and a single click, do no harm', async () => {
    const square = Float32Array.from({ length: 30_000 }, (_, i) => ((i * 7919) % 13 < 6 ? 1 : -1));
    const click = new Float32Array(30_000);
    click[15_000] = 1;
    for (const data of [square, click]) {
      const audio = await decoded(await encode({ data, sampleRate: 48_000 }, { format, bitRate: 8000 }));
      expect(audio.frames).toBeGreaterThanOrEqual(30_000);
      expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
    }
  });

  test('no sample is no file', async () => {
    expect(await errorOf(encode({ data: new Float32Array(), sampleRate: 8000 }, { format }))).toMatchObject({
      code: 'ERR_AUDIO_EMPTY',
    });
  });

  test('takes one channel or two, a bit rate, and no bit depth', () => {
    const six = { data: noise(12), channels: 6, sampleRate: 48_000 };
    expect(thrownBy(() => encode(six, { format }))).toBeInstanceOf(RangeError);
    expect(thrownBy(() => encode(six, { format })).message).toContain(
      'audio.channels must be a whole number from 1 to 2, got 6',
    );
    const one = { data: noise(12), sampleRate: 48_000 };
    const depth = thrownBy(() => encode(one, { format, bitDepth: 16 }));
    expect(depth).toBeInstanceOf(RangeError);
    expect(depth.message).toBe(`options.bitDepth must be left out for ${format}, which has bitRate, got 16`);
    const { least, most } = {
      mp3: { least: 8000, most: 320_000 },
      opus: { least: 6000, most: 510_000 },
      aac: { least: 8000, most: 512_000 },
    }[format];
    for (const bitRate of [least - 1, most + 1, 64_000.5, Number.NaN, 0]) {
      const wrong = thrownBy(() => encode(one, { format, bitRate }));
      expect(wrong).toBeInstanceOf(RangeError);
      expect(wrong.message).toBe(`options.bitRate must be a whole number from ${least} to ${most}, got ${bitRate}`);
    }
    expect(thrownBy(() => encode(one, { format, bitRate: '64k' } as never))).toBeInstanceOf(TypeError);
  });

  test('a bit rate that the format has not becomes the nearest', { timeout }, async () => {
    for (const sampleRate of [8000, 16_000, 48_000]) {
      for (const channels of [1, 2]) {
        for (const bitRate of [8000, 33_333, 320_000]) {
          const sound = music(sampleRate, channels, sampleRate);
          const audio = await decoded(await encode(sound, { format, bitRate }));
          expect(audio.channels).toBe(channels);
          expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
        }
      }
    }
  });
});

test('WAV and FLAC have no bit rate', () => {
  const audio = { data: noise(12), sampleRate: 8000 };
  for (const format of ['wav', 'flac'] as const) {
    const error = thrownBy(() => encode(audio, { format, bitRate: 64_000 } as EncodeOptions));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(`options.bitRate must be left out for ${format}, which has bitDepth, got 64000`);
  }
});

test('by default, a channel has 64 kbit/s in MP3 and AAC, and 48 kbit/s in Opus', { timeout }, async () => {
  for (const channels of [1, 2]) {
    const sound = music(10 * 48_000, channels, 48_000);
    const rates = await Promise.all(formats.map(async (format) => ((await encode(sound, { format })).length * 8) / 10));
    for (const [i, expected] of [64_000, 48_000, 64_000].entries()) {
      expect((rates[i] as number) / (expected * channels)).toBeGreaterThan(0.6);
      expect((rates[i] as number) / (expected * channels)).toBeLessThan(1.4);
    }
  }
});
