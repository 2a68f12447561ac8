#!/usr/bin/env node
/** Loads addresses as a service would, and tells what became of each: node examples/load.mjs ADDRESS… */
import { AudioLoader } from 'cochlea/load';

const addresses = process.argv.slice(2);
if (addresses.length === 0) {
  console.error('Usage: node examples/load.mjs ADDRESS…');
  process.exit(2);
}

const loader = new AudioLoader({
  sampleRate: 16_000,
  maxSeconds: 600,
  // For trying it out only: what strangers send must not reach your own network.
  allowHttp: process.env.ALLOW_PRIVATE === '1',
  allowPrivateAddresses: process.env.ALLOW_PRIVATE === '1',
});

for (const outcome of await loader.loadAll(addresses)) {
  if (outcome.status === 'fulfilled') {
    const { label, cache, duration, source } = outcome.value;
    console.log(`${label}: ${source.codec}, ${duration.toFixed(3)} s, ${cache}`);
  } else {
    const { label, code, fault, message } = outcome.reason;
    console.log(`${label}: ${code}, the fault of the ${fault}: ${message}`);
  }
}
const { entries, bytes } = loader.stats();
console.log(`in the cache: ${entries} of ${bytes} bytes`);
await loader.close();
