/** Clips that are the same everywhere: noise of a linear congruential generator, and a chirp. */
const RATE = 16_000;

export function noise(seconds, seed = 1) {
  let state = seed;
  const data = Float32Array.from({ length: seconds * RATE }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.5;
  });
  return { data, sampleRate: RATE };
}

export function chirp(seconds) {
  const data = Float32Array.from({ length: seconds * RATE }, (_, i) => {
    const t = i / RATE;
    return 0.5 * Math.sin(2 * Math.PI * (100 + (3900 * t) / seconds) * t);
  });
  return { data, sampleRate: RATE };
}
