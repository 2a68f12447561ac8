import { native } from './native/binding.js';

export interface Versions {
  readonly cochlea: string;
  /** Version of the FFmpeg that is linked in, and of its libraries. */
  readonly ffmpeg: string;
  readonly ffmpegLicense: string;
  readonly soxr: string;
  /** soxr's resampling engine on this machine: `cr32s` where results are bit-equal to librosa's. */
  readonly soxrEngine: string;
}

/** Versions of Cochlea and of what it links. */
export function versions(): Versions {
  const { version } = require('../package.json') as { version: string };
  return { cochlea: version, ...native.versions() };
}
