import type { HostileHeader } from './bytes.js';
import { chunks } from './chunks.js';
import { matroska } from './matroska.js';
import { mp4 } from './mp4.js';
import { tables } from './tables.js';
import { tagged } from './tagged.js';
import { transport } from './transport.js';

export type { HostileHeader } from './bytes.js';
export { onePacketPerByte } from './mp4.js';

/** The worst header of each kind that was found, by container. */
export const hostileHeaders: readonly HostileHeader[] = [
  ...mp4,
  ...matroska,
  ...tagged,
  ...chunks,
  ...transport,
  ...tables,
];
