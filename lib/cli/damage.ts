import type { Damage } from '../index.js';
import { printable } from './terminal.js';
import { plural } from './wording.js';

/** For standard error in text mode; nothing for audio that is whole. */
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
