import type { Damage } from '../media_info.js';
import type { LoadedAudio } from './types.js';

/** Problems that did not stop the audio, in words. */
export function warningsOf({ damage, truncated, duration }: LoadedAudio): readonly string[] {
  const warnings: string[] = [];
  if (truncated) warnings.push(`the audio was cut at ${duration} s, the longest that is allowed`);
  return [...warnings, ...damageWarnings(damage)];
}

/** The same of damage alone. */
export function damageWarnings(damage: Damage): readonly string[] {
  const warnings: string[] = [];
  if (damage.truncated) warnings.push('the audio ends before the end that it states');
  if (damage.packets > 0) warnings.push(`${damage.packets} damaged packets were skipped or concealed`);
  if (damage.nonFinite > 0) warnings.push(`${damage.nonFinite} samples that were no numbers were replaced by zero`);
  return warnings;
}
