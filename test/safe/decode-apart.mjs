// One decode in a process of its own: node decode-apart.mjs PATH OPTIONS-AS-JSON. Prints an Outcome.
import { readFileSync, writeFileSync } from 'node:fs';
import { AudioDecoder, decode } from '../../dist/index.js';

const [path, json] = process.argv.slice(2);
const bytes = readFileSync(path);
// JSON has no Infinity.
const options = JSON.parse(json, (_, value) => (value === 'Infinity' ? Number.POSITIVE_INFINITY : value));

// VmHWM is the peak of VmRSS since clear_refs was written. (ru_maxrss would start at that of the parent.)
const peak = () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);

// The addon's own start, its threads included, is not what is measured.
await decode(new URL('warm-up.wav', `file://${process.cwd()}/`)).catch(() => {});
writeFileSync('/proc/self/clear_refs', '5');
const before = peak();
const started = performance.now();
let outcome;
try {
  const { frames, channels, sampleRate, damage, data } = await new AudioDecoder(options).decode(bytes);
  let loudest = 0;
  for (const sample of data) loudest = Math.max(loudest, Math.abs(sample));
  outcome = { frames, channels, sampleRate, damage, peak: loudest };
} catch (error) {
  const { code, limit, max, actual, message } = error;
  outcome = { code: code ?? error.name, limit, max, actual, message };
}
const milliseconds = performance.now() - started;
console.log(JSON.stringify({ ...outcome, milliseconds, grownBytes: peak() - before }));
