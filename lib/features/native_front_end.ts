import { type NativeLogMel, native } from '../native/binding.js';
import { type Call, type FrontEnd, perClip } from './front_end.js';
import { hannWindow, melFilters } from './mel.js';
import type { Batch } from './padding.js';
import type { FeatureSpec } from './spec.js';

/** Cochlea's own code on the decoding threads, one clip per thread. */
export class NativeFrontEnd implements FrontEnd {
  readonly #spec: FeatureSpec;
  readonly #logMel: NativeLogMel;

  constructor(spec: FeatureSpec) {
    this.#spec = spec;
    this.#logMel = new native.LogMel({ ...spec, window: hannWindow(spec.nFft), filters: melFilters(spec) });
  }

  compute({ clips, length, normalize }: Batch, call: Call): Promise<Float32Array<ArrayBuffer>> {
    const size = this.#spec.mels * Math.floor(length / this.#spec.hopLength);
    return perClip(clips, size, call, ({ name, samples }, to, cancellation) =>
      this.#logMel.compute(samples, { name, length, normalize }, to, cancellation),
    );
  }

  async close(): Promise<void> {}
}
