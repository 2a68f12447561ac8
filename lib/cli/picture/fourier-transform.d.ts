/** The package has no types of its own. */
declare module 'fourier-transform' {
  /**
   * Magnitudes of the bins 0 … N/2 − 1 of N real samples (a power of two), scaled so that a cosine of
   * amplitude 1 at a bin's frequency gives 1.
   */
  export default function rfft(input: Float64Array, output?: Float64Array): Float64Array;
}
