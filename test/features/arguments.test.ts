import { describe, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { thrownBy } from '../safe/outcome.js';
import { noise, rate } from './signals.js';

/** Wrong arguments throw at the call, and say which one, what is expected, and what to do. */

const data = noise(1000);
const audio = { data, sampleRate: rate };
const extractor = FeatureExtractor.whisper({ mels: 80 });

function detached(): Float32Array {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

describe.each([
  ['no options', undefined, TypeError, 'options must be an object'],
  ['other mels', { mels: 64 }, RangeError, 'options.mels must be 80 or 128, got 64'],
  ['a provider that is none', { mels: 80, provider: 'tpu' }, TypeError, "options.provider must be 'native' or"],
  ['auto, which only towers have', { mels: 80, provider: 'auto' }, TypeError, 'options.provider'],
  ['half a device', { mels: 80, deviceId: 0.5 }, RangeError, 'options.deviceId must be a whole number'],
  [
    'a device that its provider does not choose',
    { mels: 80, provider: 'webgpu', deviceId: 1 },
    RangeError,
    'options.deviceId must be a whole number from 0 to 0, got 1',
  ],
  ['an unknown option', { mels: 80, hop: 1 }, TypeError, 'options.hop is not an option'],
])('whisper with %s', (_, options, Class, message) => {
  test('throws', () => {
    const error = thrownBy(() => FeatureExtractor.whisper(options as never));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(message);
  });
});

test.each([
  ['nothing', undefined, TypeError, 'audio must be an object with data and sampleRate, got undefined'],
  ['samples alone', data, TypeError, 'audio.data must be a Float32Array'],
  ['no clips', [], RangeError, 'audio must hold at least one clip'],
  ['float64', { data: new Float64Array(9), sampleRate: rate }, TypeError, 'audio.data must be a Float32Array'],
  ['no sample rate', { data }, TypeError, 'audio.sampleRate must be a number'],
  [
    'another sample rate',
    [audio, { data, sampleRate: 44_100 }],
    RangeError,
    'audio[1].sampleRate must be 16000, got 44100',
  ],
  ['two channels', [{ data, sampleRate: rate, channels: 2 }], RangeError, 'audio[0].channels must be 1, got 2'],
  ['a detached buffer', { data: detached(), sampleRate: rate }, TypeError, 'audio.data is a detached buffer'],
])('audio: %s', (_, given, Class, message) => {
  const error = thrownBy(() => extractor.extract(given as never));
  expect(error).toBeInstanceOf(Class);
  expect(error.message).toContain(message);
});

test.each([
  ['padding', 'do_not_pad', TypeError, "options.padding must be 'max_length' or 'longest' or 'none'"],
  ['padding', true, TypeError, 'options.padding'],
  ['truncation', 1, TypeError, 'options.truncation must be true or false'],
  ['doNormalize', 'yes', TypeError, 'options.doNormalize must be true or false'],
  ['padToMultipleOf', 0, RangeError, 'options.padToMultipleOf must be a whole number from 1 to 480000'],
  ['padToMultipleOf', 480_001, RangeError, 'options.padToMultipleOf'],
  ['padToMultipleOf', '8', TypeError, 'options.padToMultipleOf must be a number'],
  ['signal', {}, TypeError, 'options.signal must be an AbortSignal'],
  ['samplingRate', rate, TypeError, 'options.samplingRate is not an option'],
])('options.%s: %s', (name, value, Class, message) => {
  const error = thrownBy(() => extractor.extract(audio, { [name]: value } as never));
  expect(error).toBeInstanceOf(Class);
  expect(error.message).toContain(message);
});
