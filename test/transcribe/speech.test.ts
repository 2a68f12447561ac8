import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AbortError, ModelInvalidError } from '../../dist/index.js';
import { OnnxSession } from '../../dist/onnx/index.js';
import { type Graph, writeModel } from '../../dist/onnx/writer/model.js';
import { SpeechDetector } from '../../dist/transcribe/vad/detector.js';
import { type SpeechOptions, speechRegions } from '../../dist/transcribe/vad/regions.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { floats, golden, noise, vadModel } from './fixtures.js';

interface Goldens {
  readonly samples: number;
  readonly probabilities: string;
  readonly regions: readonly [probabilities: number[], samples: number, SpeechOptions, regions: [number, number][]][];
}

const goldens = golden<Goldens>('speech.json');

/** That of the golden, but for the last bit of the sine. */
function swelling(count: number): Float32Array {
  return noise(count).map((value, i) => (value * 2 - 1) * Math.sin((i * Math.PI) / 32_000) ** 2);
}

describe('regions of speech are those of silero_vad', () => {
  test.each(goldens.regions.map((each, i) => [i, each] as const))('golden %d', (_, golden) => {
    const [probabilities, samples, options, regions] = golden;
    const found = speechRegions(Float32Array.from(probabilities), samples, options);
    expect(found.map(({ start, end }) => [start, end])).toEqual(regions);
  });

  test('their defaults are those of faster-whisper', () => {
    const speech = new Float32Array(400).fill(0.01).fill(0.5, 100, 130).fill(0.36, 130, 200);
    expect(speechRegions(speech, 400 * 512)).toEqual([{ start: 100 * 512 - 6400, end: 200 * 512 + 6400 }]);
  });
});

describe('a detector', () => {
  let session: OnnxSession;
  let detector: SpeechDetector;
  const audio = swelling(goldens.samples);

  beforeAll(async () => {
    session = await OnnxSession.open(vadModel, { provider: 'cpu' });
    detector = new SpeechDetector(session, 'vad.onnx');
  });
  afterAll(() => session.close());

  test('says of a recording of many blocks what one run says', async () => {
    const wanted = floats(goldens.probabilities);
    const made = await detector.probabilities(audio);
    expect(made).toHaveLength(wanted.length);
    expect(wanted.length).toBeGreaterThan(1024);
    for (const [i, probability] of wanted.entries()) expect(made[i]).toBeCloseTo(probability, 4);
  });

  test('leaves the samples as they are, and calls at one time share nothing', async () => {
    const before = audio.slice();
    const [alone, again, part] = await Promise.all([
      detector.probabilities(audio),
      detector.probabilities(audio),
      detector.probabilities(audio.subarray(0, 5120)),
    ]);
    expect(audio).toEqual(before);
    expect(again).toEqual(alone);
    expect(part).toEqual(alone.subarray(0, 10));
  });

  test('finds regions', async () => {
    const options = { minSilence: 0.1, pad: 0 };
    const regions = await detector.detect(audio, options);
    expect(regions).toEqual(speechRegions(await detector.probabilities(audio), audio.length, options));
    expect(regions.length).toBeGreaterThan(1);
  });

  test('has nothing to say of no samples, and fills the last frame', async () => {
    expect(await detector.detect(new Float32Array())).toEqual([]);
    expect(await detector.probabilities(new Float32Array(1))).toHaveLength(1);
    expect(await detector.probabilities(new Float32Array(512))).toHaveLength(1);
    expect(await detector.probabilities(new Float32Array(513))).toHaveLength(2);
  });

  test('stops between blocks when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(detector.detect(audio, { signal: AbortSignal.abort(reason) })).rejects.toBeInstanceOf(AbortError);
    const controller = new AbortController();
    const hour = new Float32Array(16_000 * 3600);
    const detection = detector.detect(hour, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 10);
    await expect(detection).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason });
    // The session is free at once, and not after an hour's blocks.
    expect(await detector.probabilities(audio.subarray(0, 512))).toHaveLength(1);
  });
});

describe('a model that is no detector is refused', () => {
  /** Says as many probabilities as its state has values, however many frames there are. */
  const graph: Graph = {
    name: 'vad',
    inputs: [
      { name: 'input', dtype: 'float32', shape: ['frames', 576] },
      { name: 'h', dtype: 'float32', shape: [1, 1, 4] },
      { name: 'c', dtype: 'float32', shape: [1, 1, 4] },
    ],
    outputs: [
      { name: 'speech_probs', dtype: 'float32', shape: ['frames'] },
      { name: 'hn', dtype: 'float32', shape: [1, 1, 4] },
      { name: 'cn', dtype: 'float32', shape: [1, 1, 4] },
    ],
    initializers: [{ name: 'flat', dtype: 'int64', shape: [1], data: BigInt64Array.of(-1n) }],
    nodes: [
      { op: 'Reshape', inputs: ['h', 'flat'], outputs: ['speech_probs'] },
      { op: 'Identity', inputs: ['h'], outputs: ['hn'] },
      { op: 'Identity', inputs: ['c'], outputs: ['cn'] },
    ],
  };

  test.each<[string, Partial<Graph>, string]>([
    [
      'input of other frames',
      { inputs: graph.inputs.with(0, { name: 'input', dtype: 'float32', shape: ['frames', 512] }) },
      "must have the input 'input' float32 [frames, 576], as Silero's VAD for sequences",
    ],
    [
      'further input',
      { inputs: [...graph.inputs, { name: 'sr', dtype: 'int64', shape: [1] }] },
      "has the input 'sr', which is not known",
    ],
    [
      'state of no stated size',
      { inputs: graph.inputs.with(1, { name: 'h', dtype: 'float32', shape: [1, 1, 'size'] }) },
      "does not state the size of its input 'h'",
    ],
    [
      'state of another rank',
      {
        inputs: graph.inputs.with(2, { name: 'c', dtype: 'float32', shape: [1, 4] }),
        outputs: graph.outputs.slice(0, 2),
      },
      "must have the input 'c' float32 [1, 1, hidden]",
    ],
    ['missing output', { outputs: graph.outputs.slice(0, 2) }, "must have the output 'cn' float32 [1, 1, hidden]"],
  ])('for its %s', async (_, change, message) => {
    await using session = await OnnxSession.open(writeModel({ ...graph, ...change }), { provider: 'cpu' });
    const error = thrownBy(() => new SpeechDetector(session, 'models/vad.onnx'));
    expect(error).toBeInstanceOf(ModelInvalidError);
    expect(error.message).toContain(`the model models/vad.onnx ${message}`);
  });

  test('when it says less than was asked', async () => {
    await using session = await OnnxSession.open(writeModel(graph), { provider: 'cpu' });
    const error = await errorOf(new SpeechDetector(session, 'vad.onnx').probabilities(new Float32Array(5120)));
    expect(error).toBeInstanceOf(ModelInvalidError);
    expect(error.message).toBe("the model vad.onnx gave 4 values of 'speech_probs', where 10 were due");
  });
});
