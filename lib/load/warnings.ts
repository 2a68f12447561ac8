import type { LoadedAudio } from './types.js';

/** Problems that did not stop the audio, in words. */
export function warningsOf({ damage, truncated, duration }: LoadedAudio): readonly string[] {
  const warnings: string[] = [];
  if (truncated) warnings.push(`the audio was cut at ${duration} s, the longest that is allowed`);
  if (damage.truncated) warnings.push('the audio ends before the end that it states');
  if (damage.packets > 0) warnings.push(`${damage.packets} damaged packets were skipped or concealed`);
  if (damage.nonFinite > 0) warnings.push(`${damage.nonFinite} samples that were no numbers were replaced by zero`);
  return warnings;
}
