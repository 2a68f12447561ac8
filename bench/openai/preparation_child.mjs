/** Decodes or prepares a recording in this process, and says what that took of it. */
import { AudioDecoder } from '../../dist/index.js';
import { AudioClient, UpstreamEngine } from '../../dist/openai/index.js';
import { resetPeak, resident } from '../questions/memory.mjs';
import { answer } from '../run/answering.mjs';

const format = { sampleRate: 16_000, channels: 1 };
const decoder = new AudioDecoder();

/** Answers at once: what is measured is how the parts are made. */
class AtOnce {
  constructor(seconds) {
    this.seconds = seconds;
  }
  models() {
    return [{ id: 'at-once' }];
  }
  maxSeconds() {
    return this.seconds;
  }
  async transcribe(audio) {
    return { text: 'Something was said.', duration: audio.data.length / audio.sampleRate };
  }
}

async function transcribe(engine, path, concurrency) {
  let parts = 0;
  await new AudioClient(engine, { concurrency }).transcribe(path, { model: 'any' }, { onProgress: () => parts++ });
  return parts;
}

const ways = {
  decode: async ({ path }) => {
    await decoder.decode(path, format);
  },
  stream: async ({ path }) => {
    for await (const _ of decoder.stream(path, format));
  },
  engine: ({ path, partSeconds, concurrency }) => transcribe(new AtOnce(partSeconds), path, concurrency),
  server: async ({ path, partSeconds, concurrency, url }) => {
    const engine = new UpstreamEngine({ addresses: url, limits: { seconds: partSeconds } });
    try {
      return await transcribe(engine, path, concurrency);
    } finally {
      await engine.close();
    }
  },
};

await answer(async (question) => {
  const before = resident('VmRSS');
  resetPeak();
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const parts = await ways[question.way](question);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpu: (user + system) / 1e6, growth: resident('VmHWM') - before, parts };
});
