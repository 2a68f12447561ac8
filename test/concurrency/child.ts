import { fileURLToPath } from 'node:url';
import nodeGypBuild from 'node-gyp-build';
import { type Run, runNode } from '../safe/outcome.js';

const library = new URL('../../dist/index.js', import.meta.url);

/**
 * Runs a script in a process of its own. It finds `decode` and the rest of the library as `cochlea`,
 * `native`, a `tone` of one second, and `long`: a WAV that takes seconds to decode with `slow`.
 */
export function runScript(script: string, flags: readonly string[] = []): Promise<Run> {
  return runNode([...flags, '--input-type=module', '--eval', `${preamble}\n${script}`]);
}

/** Address of the library, for scripts that make workers. */
export const libraryUrl = library.href;
/** The addon that the library loads. */
export const addonFile = nodeGypBuild.path(fileURLToPath(new URL('../../', import.meta.url)));

const preamble = `
import * as cochlea from '${library.href}';
import { native } from '${new URL('../../dist/native/binding.js', import.meta.url).href}';
const { decode, probe, AudioDecoder } = cochlea;
function wav(samples, sampleRate) {
  const bytes = new Uint8Array(44 + samples.byteLength);
  const view = new DataView(bytes.buffer);
  const text = (at, characters) => bytes.set(new TextEncoder().encode(characters), at);
  text(0, 'RIFF'); view.setUint32(4, 36 + samples.byteLength, true); text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true); view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, 'data');
  view.setUint32(40, samples.byteLength, true);
  bytes.set(new Uint8Array(samples.buffer), 44);
  return bytes;
}
const tone = wav(Int16Array.from({ length: 16000 }, (_, i) => 16384 * Math.sin(i / 5)), 16000);
const long = wav(new Int16Array(1800 * 16000), 16000);
const slow = { sampleRate: 48000, quality: 'VHQ' };
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
`;
