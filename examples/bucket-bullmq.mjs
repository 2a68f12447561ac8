#!/usr/bin/env node
/**
 * Embeds a folder of files through a queue of BullMQ: node examples/bucket-bullmq.mjs SERVICE FOLDER OUTPUT
 *
 *   npm install bullmq ioredis
 *   redis-server & cochlea serve --tower models/qwen2-audio &
 *   node examples/bucket-bullmq.mjs http://127.0.0.1:8080 recordings embeddings
 *
 * SERVICE may be several addresses with commas between them. Start the program as often as you like, on as many machines
 * as you like: a file is one job, whoever does it. A key is taken from COCHLEA_API_KEY, Redis from REDIS_URL.
 */
import { openAsBlob } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import { writeSafetensors } from 'cochlea';
import { EncodeClient } from 'cochlea/client';

const [services, folder, output] = process.argv.slice(2);
if (output === undefined) {
  console.error('Usage: node examples/bucket-bullmq.mjs SERVICE[,SERVICE…] FOLDER OUTPUT');
  process.exit(2);
}

const { REDIS_URL: url = 'redis://127.0.0.1:6379', COCHLEA_API_KEY: apiKey } = process.env;
const connection = { url, maxRetriesPerRequest: null };
const client = new EncodeClient({ addresses: services.split(','), apiKey });
await mkdir(output, { recursive: true });

/** A whole file or none: it gets its name when it is written. */
async function save(path, bytes) {
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

const embed = async ({ data: { name } }) => {
  try {
    const { tensor, tokens, release } = await client.embed(await openAsBlob(join(folder, name)));
    await save(join(output, `${name}.safetensors`), writeSafetensors({ audio_features: tensor }));
    await release?.();
    return { tokens };
  } catch (error) {
    // What the file is to blame for stays wrong: no more tries.
    if (error.fault === 'client') throw new UnrecoverableError(`${error.code}: ${error.message}`);
    throw error;
  }
};

const queue = new Queue('embed', { connection });
const events = new QueueEvents('embed', { connection });
await events.waitUntilReady();
const worker = new Worker('embed', embed, { connection, concurrency: 8 });

// The client tries again within seconds. The queue does it within minutes: while all services start anew, for instance.
const options = { attempts: 5, backoff: { type: 'exponential', delay: 5000 } };
const names = (await readdir(folder, { withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
// The same id for the same file: a job that is there is not added again.
const jobs = names.map((name) => ({
  name: 'clip',
  data: { name },
  opts: { ...options, jobId: Buffer.from(name).toString('hex') },
}));
const results = (await queue.addBulk(jobs)).map(async (job) => {
  const { name } = job.data;
  try {
    const { tokens } = await job.waitUntilFinished(events);
    console.log(`${name}: ${tokens} tokens`);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
});
await Promise.all(results);
await Promise.all([worker.close(), events.close(), queue.close()]);
await client.close();
