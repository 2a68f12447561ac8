import { versions } from '../../index.js';

/** What `--version` prints: the package, then what is linked into it. */
export function versionLines(): string {
  const { cochlea, ffmpeg, ffmpegLicense, soxr, soxrEngine } = versions();
  return `cochlea ${cochlea}\nFFmpeg ${ffmpeg} (${ffmpegLicense})\nsoxr ${soxr} (${soxrEngine})\n`;
}
