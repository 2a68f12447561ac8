/**
 * Gives audio a `toJSON` that leaves out the samples: an hour of samples is 600 MB of text, which does not belong into
 * a log. The method is not enumerable, so `structuredClone`, `postMessage` and spreading work as usual.
 */
export function withFacts<Audio extends { readonly data: unknown }>(audio: Audio): Audio {
  return Object.defineProperty(audio, 'toJSON', { value: facts });
}

function facts(this: { readonly data: unknown }): object {
  const { data: _, ...rest } = this;
  return rest;
}
