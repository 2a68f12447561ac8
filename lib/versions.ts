import { native } from './native/binding.js';

/** Versions of Cochlea and of the libraries that are linked into it. */
export interface Versions {
  /** Version of this package. */
  readonly cochlea: string;
  /** Version of the FFmpeg that is linked in, and of its libraries. */
  readonly ffmpeg: string;
  /** Licence of the FFmpeg that is linked in, as FFmpeg states it. */
  readonly ffmpegLicense: string;
  /** Version of the libsoxr that is linked in. */
  readonly soxr: string;
  /** soxr's resampling engine on this machine: `cr32s` where results are bit-equal to librosa's. */
  readonly soxrEngine: string;
}

/** Returns the versions of Cochlea and of the libraries that are linked into it. */
export function versions(): Versions {
  const { version } = require('../package.json') as { version: string };
  return { cochlea: version, ...native.versions() };
}
