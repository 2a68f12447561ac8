import { versions } from '../../versions.js';

/** Output of `--version`: the package, then the libraries that are linked into it. */
export function versionLines(): string {
  const { cochlea, ffmpeg, ffmpegLicense, soxr, soxrEngine } = versions();
  return `cochlea ${cochlea}\nFFmpeg ${ffmpeg} (${ffmpegLicense})\nsoxr ${soxr} (${soxrEngine})\n`;
}
