// Counts mappings and descriptors of a file: node --expose-gc mappings-apart.mjs FILE
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const { native } = createRequire(import.meta.url)('../../dist/native/binding.js');
const path = isMainThread ? process.argv[2] : workerData;
const mapFile = () => native.mapFile(path, 6_144_000, new native.Cancellation());
const touch = (buffer) => new Uint8Array(buffer).reduce((sum, value) => sum + value, 0);

if (isMainThread) {
  await settle();
  const start = count();
  const counts = {};
  const note = (name) => {
    const now = count();
    counts[name] = { ...now, external: now.external - start.external, anonymous: now.anonymous - start.anonymous };
  };
  let buffers = [await mapFile(), await mapFile(), await mapFile(), await mapFile()];
  buffers.forEach(touch);
  note('mapped');
  native.unmap(buffers[0]);
  native.unmap(buffers[0]);
  counts.lengthOfUnmapped = buffers[0].byteLength;
  await wait(20);
  note('unmapped');
  buffers = undefined;
  await settle();
  note('collected');
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: path });
  await new Promise((resolve) => worker.on('exit', resolve));
  note('afterWorker');
  console.log(JSON.stringify(counts));
} else {
  globalThis.kept = await mapFile();
  parentPort.postMessage(touch(globalThis.kept));
}

async function settle() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await wait(20);
  }
}

function count() {
  const mappings = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(path)).length;
  const descriptors = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
  const anonymous = Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  return { mappings, descriptors, external: process.memoryUsage().external, anonymous };
}
