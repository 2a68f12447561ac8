import type { Damage } from '../index.js';
import { printable } from './terminal.js';
import { plural } from './wording.js';

/** Lines for standard error in text mode; none for undamaged audio. */
export function damageLines(file: string, damage: Damage): string {
  const what = [
    damage.packets > 0 ? `${plural(damage.packets, 'packet')} could not be decoded` : '',
    damage.nonFinite > 0 ? `${plural(damage.nonFinite, 'sample')} replaced by zero` : '',
    damage.truncated ? 'it ends before its stated end' : '',
  ].filter(Boolean);
  if (what.length === 0) return '';
  const summary = `${printable(file)}: warning: damaged audio: ${what.join(', ')}\n`;
  return summary + damage.messages.map((message) => `  ${printable(message)}\n`).join('');
}
