/** Many clients at once, in this process: what each request got, and after how long. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { percentile } from '../report/statistics.mjs';

/** @typedef {{status: number | string, milliseconds: number}} Outcome */

let asked = 0;

/** Embeddings of one clip. The end is behind the clip, and another one each time: so its samples are in no cache. */
export function embed(url, clip, dispatcher) {
  const fields = { end: `${600 + asked++ / 1000}` };
  return post(`${url}/v1/audio/embeddings`, { clip, fields, accept: 'application/vnd.safetensors' }, dispatcher);
}

/** Its text. */
export function transcribe(url, clip, dispatcher) {
  return post(`${url}/v1/audio/transcriptions`, { clip, fields: { model: 'scripted' }, accept: '*/*' }, dispatcher);
}

/** A form with fields and a clip. */
async function post(url, { clip, fields, accept }, dispatcher) {
  const edge = 'edge-of-the-benchmark';
  const head = (name) => `--${edge}\r\ncontent-disposition: form-data; name="${name}`;
  const plain = Object.entries(fields).map(([name, value]) => `${head(name)}"\r\n\r\n${value}\r\n`);
  const before = Buffer.from(`${plain.join('')}${head('file')}"; filename="a"\r\n\r\n`);
  const body = Buffer.concat([before, clip.bytes, Buffer.from(`\r\n--${edge}--\r\n`)]);
  const headers = { 'content-type': `multipart/form-data; boundary=${edge}`, accept };
  const start = performance.now();
  let status;
  try {
    const answer = await request(url, { method: 'POST', body, headers, dispatcher });
    await answer.body.arrayBuffer();
    status = answer.statusCode;
  } catch (error) {
    status = error.code ?? error.name;
  }
  return { status, milliseconds: performance.now() - start };
}

/** So many connections, each asks again when it has its answer. */
export async function closedLoop(url, clips, { connections, seconds, ask = embed }) {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const outcomes = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let next = 0;
  const client = async () => {
    while (performance.now() < end) outcomes.push(await ask(url, clips[next++ % clips.length], dispatcher));
  };
  await Promise.all(Array.from({ length: connections }, client));
  const elapsed = (performance.now() - start) / 1000;
  await dispatcher.close();
  return { outcomes, seconds: elapsed };
}

/** Requests come at a rate, whatever the answers: as from many people. */
export async function openLoop(url, clips, { rate, seconds, connections, ask = embed }) {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const pending = [];
  const start = performance.now();
  for (let sent = 0; sent < rate * seconds; sent++) {
    const wait = start + (sent * 1000) / rate - performance.now();
    if (wait > 1) await sleep(wait);
    pending.push(ask(url, clips[sent % clips.length], dispatcher));
  }
  const outcomes = await Promise.all(pending);
  const elapsed = (performance.now() - start) / 1000;
  await dispatcher.close();
  return { outcomes, seconds: elapsed };
}

/** @param {Outcome[]} outcomes */
export function counted(outcomes) {
  const of = (status) => outcomes.filter((each) => each.status === status).map(({ milliseconds }) => milliseconds);
  const others = {};
  for (const { status } of outcomes) if (status !== 200 && status !== 429) others[status] = (others[status] ?? 0) + 1;
  const times = (list) => (list.length ? [percentile(list, 50), percentile(list, 99)] : []);
  const [good, busy] = [of(200), of(429)];
  return { good: good.length, busy: busy.length, others, goodTimes: times(good), busyTimes: times(busy) };
}
