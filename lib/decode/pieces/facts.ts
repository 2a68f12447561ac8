/**
 * Gives audio a `toJSON` that leaves out the samples: an hour of them is 600 MB of text, which a log that was meant to
 * hold the facts would get. It is not enumerable, so that copies by `structuredClone`, `postMessage` and spreading go on as
 * before.
 */
export function withFacts<Audio extends { readonly data: unknown }>(audio: Audio): Audio {
  return Object.defineProperty(audio, 'toJSON', { value: facts });
}

function facts(this: { readonly data: unknown }): object {
  const { data: _, ...rest } = this;
  return rest;
}
