#!/usr/bin/env node
/**
 * Requests in, embeddings in files for vLLM: node examples/encode-worker.mjs TOWER FOLDER
 *
 * Reads a request from each line of standard input, and writes a line of JSON for each response. FOLDER is the
 * shared_storage_path of vLLM's ECExampleConnector.
 *
 *   echo '{"items": [{"audio_url": "https://example.com/talk.mp3"}]}' | node examples/encode-worker.mjs models/qwen2-audio /dev/shm/ec
 */
import { createInterface } from 'node:readline';
import { CochleaError } from 'cochlea';
import { AudioLoader } from 'cochlea/load';
import { AudioTower } from 'cochlea/tower';
import { FileSender, vllmAudioEmbeds } from 'cochlea/transfer';
import { EmbeddingCache, EncodeWorker } from 'cochlea/worker';

const [folder, storage] = process.argv.slice(2);
if (storage === undefined) {
  console.error('Usage: node examples/encode-worker.mjs TOWER FOLDER < requests.jsonl');
  process.exit(2);
}

const tower = await AudioTower.load(folder);
const loader = new AudioLoader({ maxSeconds: 30 });
const transfer = new FileSender({ folder: storage, layout: 'vllm' });
const cache = new EmbeddingCache({ maxBytes: 512 * 1024 ** 2 });
const worker = new EncodeWorker({ loader, tower, transfer, cache });

const answer = async (line) => {
  try {
    for await (const response of worker.generate(JSON.parse(line))) {
      const part = 'transfer' in response ? { part: vllmAudioEmbeds(response.transfer) } : {};
      console.log(JSON.stringify({ ...response, ...part }));
    }
  } catch (error) {
    // The whole request is wrong, or the queue is full.
    if (!(error instanceof CochleaError || error instanceof SyntaxError)) throw error;
    console.log(JSON.stringify({ error: { code: error.code ?? 'ERR_JSON', message: error.message } }));
  }
};

const answers = [];
for await (const line of createInterface({ input: process.stdin })) answers.push(answer(line));
await Promise.all(answers);
// The files outlive this process, until their lease is over: only what it holds in memory is closed.
await Promise.all([worker.close(), loader.close()]);
await tower.close();
