// An unmodified `vllm serve` takes our embeddings, and answers as it does to the audio itself, which it encodes with its
// own tower: tools/interop-vllm.sh sets up what this needs.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, type Tensor } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { FileSender, InlineSender, type SentTensor, vllmAudioEmbeds } from '../../dist/transfer/index.js';
import { type EncodedItem, EncodeWorker } from '../../dist/worker/index.js';
import { fixtures } from '../tower/reference.js';

const python = process.env.COCHLEA_VLLM_PYTHON;
const work = process.env.COCHLEA_VLLM_WORK ?? '';
if (python === undefined) console.log('skipped: vLLM is not set up (tools/interop-vllm.sh does it)');

const port = 18_000 + (process.pid % 1000);
/** Log probabilities of the first token: those of random weights in float32, on other kernels. */
const tolerance = 1e-3;

/** Waits until it answers, or ends. */
async function serve(folder: string): Promise<ChildProcess> {
  const connector = {
    ec_connector: 'ECExampleConnector',
    ec_role: 'ec_consumer',
    ec_connector_extra_config: { shared_storage_path: folder },
  };
  const args = ['-m', 'vllm.entrypoints.openai.api_server', '--model', join(work, 'checkpoint')];
  args.push('--served-model-name', 'small', '--port', String(port), '--dtype', 'float32', '--max-model-len', '4096');
  args.push('--enable-mm-embeds', '--ec-transfer-config', JSON.stringify(connector));
  const env = { ...process.env, VLLM_CPU_KVCACHE_SPACE: '1', HF_HUB_OFFLINE: '1', VLLM_NO_USAGE_STATS: '1' };
  const server = spawn(python as string, args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let log = '';
  server.stderr?.on('data', (text) => {
    log = (log + text).slice(-4000);
  });
  for (;;) {
    if (server.exitCode !== null) throw new Error(`vLLM ended with ${server.exitCode}:\n${log}`);
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (health?.ok) return server;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The most probable first tokens of the answer, and their log probabilities. */
async function firstTokens(part: object): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'small',
      max_tokens: 1,
      temperature: 0,
      logprobs: true,
      top_logprobs: 5,
      // Several tokens of the small vocabulary have no text.
      return_tokens_as_token_ids: true,
      messages: [{ role: 'user', content: [part, { type: 'text', text: 'What is that sound?' }] }],
    }),
  });
  expect(response.status).toBe(200);
  const { choices } = (await response.json()) as {
    choices: { logprobs: { content: { top_logprobs: { token: string; logprob: number }[] }[] } }[];
  };
  const top = choices[0]?.logprobs.content[0]?.top_logprobs ?? [];
  return new Map(top.map(({ token, logprob }) => [token, logprob]));
}

/** The largest difference over the tokens that both name; Infinity if the other does not name the first one. */
function distance(a: Map<string, number>, b: Map<string, number>): number {
  const [first] = a.keys();
  if (first === undefined || !b.has(first)) return Number.POSITIVE_INFINITY;
  const both = [...a].filter(([token]) => b.has(token));
  return Math.max(...both.map(([token, logprob]) => Math.abs(logprob - (b.get(token) as number))));
}

describe.skipIf(python === undefined)('vllm serve', { timeout: 300_000 }, () => {
  const folder = python === undefined ? '' : mkdtempSync('/dev/shm/cochlea-vllm-');
  let server: ChildProcess;
  let tower: AudioTower;
  let file: FileSender;
  const inline = new InlineSender({ format: 'torch' });

  beforeAll(async () => {
    [server, tower] = await Promise.all([serve(folder), AudioTower.load(join(work, 'tower'), { provider: 'cpu' })]);
    file = new FileSender({ folder, layout: 'vllm' });
  }, 300_000);

  afterAll(async () => {
    await file?.close();
    await tower?.close();
    // Its engine is a process of its own.
    if (server?.pid) process.kill(-server.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['the first second', { start: 0, end: 1 }],
    ['all of it', {}],
    ['the last 700 ms', { start: -0.7 }],
  ])('speech, %s: audio_embeds and EC file are answered as input_audio is', async (_, range) => {
    const audio = await decode(join(fixtures, 'speech/speech.flac'), { sampleRate: 16_000, channels: 1, ...range });
    const wav = await encode(audio, { format: 'wav', bitDepth: 32 });
    const data = Buffer.from(wav).toString('base64');
    const itself = await firstTokens({ type: 'input_audio', input_audio: { data, format: 'wav' } });
    const { audioFeatures } = await tower.embed(audio);
    const answered = async (sent: SentTensor) => firstTokens(vllmAudioEmbeds(sent.descriptor as never));
    const byValue = distance(itself, await answered(await inline.send(audioFeatures)));
    const byFile = distance(itself, await answered(await file.send(audioFeatures)));
    const zeros: Tensor = { ...audioFeatures, data: new Float32Array(audioFeatures.data.length) };
    const control = distance(itself, await answered(await inline.send(zeros)));
    console.log({ tokens: audioFeatures.shape[0], byValue, byFile, control });
    expect(byValue).toBeLessThan(tolerance);
    expect(byFile).toBeLessThan(tolerance);
    // The comparison sees a difference where there is one.
    expect(control).toBeGreaterThan(10 * tolerance);
  });

  test('the responses of an EncodeWorker, in half precision', async () => {
    await using loader = new AudioLoader();
    await using worker = new EncodeWorker({ loader, tower, transfer: file });
    const wav = await encode(await decode(join(fixtures, 'speech/speech.flac'), { sampleRate: 16_000 }), {
      format: 'wav',
      bitDepth: 32,
    });
    const part = { type: 'input_audio', input_audio: { data: Buffer.from(wav).toString('base64'), format: 'wav' } };
    const { value } = await worker.generate({ messages: [{ content: [part] }], dtype: 'bfloat16' }).next();
    const { transfer } = value as EncodedItem;
    const difference = distance(await firstTokens(part), await firstTokens(vllmAudioEmbeds(transfer as never)));
    console.log({ bfloat16: difference });
    // bfloat16 has 8 significant bits: 3e-3 here.
    expect(difference).toBeLessThan(0.02);
  });
});
