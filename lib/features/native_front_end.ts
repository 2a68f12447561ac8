import { runNative } from '../job.js';
import { type NativeLogMel, native } from '../native.js';
import type { Batch } from './batch.js';
import { allDone, type Call, type FrontEnd } from './front_end.js';
import { hannWindow, melFilters } from './mel.js';
import type { FeatureSpec } from './spec.js';

/** Cochlea's own code, on the threads that decode: one clip on each. */
export class NativeFrontEnd implements FrontEnd {
  readonly #spec: FeatureSpec;
  readonly #logMel: NativeLogMel;

  constructor(spec: FeatureSpec) {
    this.#spec = spec;
    this.#logMel = new native.LogMel({ ...spec, window: hannWindow(spec.nFft), filters: melFilters(spec) });
  }

  async compute({ clips, length, normalize }: Batch, { signal, caller }: Call): Promise<Float32Array<ArrayBuffer>> {
    const size = this.#spec.mels * Math.floor(length / this.#spec.hopLength);
    const features = new Float32Array(clips.length * size);
    await allDone(
      clips.map(({ name, samples }, index) => {
        const to = features.subarray(index * size, (index + 1) * size);
        return runNative(
          { signal, timeout: undefined },
          (cancellation) => this.#logMel.compute(samples, { name, length, normalize }, to, cancellation),
          caller,
        );
      }),
    );
    return features;
  }

  async close(): Promise<void> {}
}
