import { untilAborted } from '../async/abort.js';
import { AudioTooShortError } from '../errors.js';
import { native } from '../native/binding.js';
import type { Provider } from '../onnx/index.js';
import { OnnxSession } from '../onnx/index.js';
import type { Clip } from './clips.js';
import { type Call, type FrontEnd, perClip } from './front_end.js';
import { logMelModel } from './graph.js';
import type { Batch } from './padding.js';
import type { FeatureSpec } from './spec.js';

/**
 * The most samples of one run: eight clips of 30 s. Their frames in float64 take 77 MB, and the graph several times
 * that.
 */
const mostSamples = 8 * 480_000;

/** Runs a graph in ONNX Runtime. The first call makes and loads it. */
export class GraphFrontEnd implements FrontEnd {
  readonly #spec: FeatureSpec;
  readonly #provider: Provider;
  readonly #deviceId: number;
  readonly #running = new Set<Promise<unknown>>();
  #session: Promise<OnnxSession> | undefined;

  constructor(spec: FeatureSpec, provider: Provider, deviceId: number) {
    this.#spec = spec;
    this.#provider = provider;
    this.#deviceId = deviceId;
  }

  async compute(batch: Batch, call: Call): Promise<Float32Array<ArrayBuffer>> {
    const running = this.#compute(batch, call);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    // The session waits for its runs. But a call may be before its first run, or between two.
    await Promise.allSettled(this.#running);
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  async #compute(batch: Batch, call: Call): Promise<Float32Array<ArrayBuffer>> {
    const least = this.#spec.nFft / 2 + 1;
    if (batch.length < least) {
      const message = `${batch.length} samples are too few for ${this.#provider}, which needs ${least}; native takes them`;
      throw new AudioTooShortError('ERR_AUDIO_TOO_SHORT', message);
    }
    const session = await untilAborted(this.#open(), call.signal);
    const results: Float32Array<ArrayBuffer>[] = [];
    for (const clips of groups(batch, mostSamples)) {
      const data = await padded({ ...batch, clips }, call);
      const audio = { data, shape: [clips.length, batch.length], dtype: 'float32' } as const;
      const { input_features: features } = await untilAborted(session.run({ audio }), call.signal);
      results.push(features?.data as Float32Array<ArrayBuffer>);
    }
    return joined(results);
  }

  #open(): Promise<OnnxSession> {
    if (this.#session) return this.#session;
    const provider = this.#provider;
    const model = logMelModel(this.#spec, provider === 'webgpu' ? 'float32' : 'float64');
    const session = OnnxSession.open(model, { provider, deviceId: this.#deviceId });
    // The next call tries again.
    session.catch(() => {
      this.#session = undefined;
    });
    this.#session = session;
    return session;
  }
}

function groups({ clips, length }: Batch, samples: number): readonly (readonly Clip[])[] {
  const size = Math.max(1, Math.floor(samples / length));
  return Array.from({ length: Math.ceil(clips.length / size) }, (_, i) => clips.slice(i * size, (i + 1) * size));
}

function joined(parts: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** `[clips, length]`: the samples, checked, normalised if requested, and padded with zeros. */
function padded({ clips, length, normalize }: Batch, call: Call): Promise<Float32Array<ArrayBuffer>> {
  return perClip(clips, length, call, ({ name, samples }, to, cancellation) =>
    native.pad(samples, { name, normalize }, to, cancellation),
  );
}
