#!/usr/bin/env node
/**
 * OpenAI's audio API in front of a model of your own: node examples/speech-engine.mjs [PORT]
 *
 *   npm install fastify @fastify/swagger @fastify/swagger-ui prom-client
 *   curl --form file=@talk.wma --form model=loudness --form response_format=srt http://127.0.0.1:8080/v1/audio/transcriptions
 *
 * The engine gets mono samples at 16 kHz of at most maxSeconds, and says what it hears. Formats, long audio, forms, streams,
 * limits and errors are the gateway's. This one only hears how loud each second is: put your model there.
 */
import { AudioLoader } from 'cochlea/load';
import { cochleaServe } from 'cochlea/serve';
import { fastify } from 'fastify';

const engine = {
  models: () => [{ id: 'loudness' }],
  maxSeconds: () => 30,
  async transcribe({ data }) {
    const segments = [];
    for (let start = 0; start * 16_000 < data.length; start++) {
      const second = data.subarray(start * 16_000, (start + 1) * 16_000);
      const level = 10 * Math.log10(second.reduce((sum, value) => sum + value * value, 0) / second.length + 1e-10);
      segments.push({ id: start, start, end: start + second.length / 16_000, text: `${level.toFixed(0)} dB` });
    }
    const text = segments.map((segment) => segment.text).join(' ');
    return { text, language: 'en', duration: data.length / 16_000, segments };
  },
};

const app = fastify({ logger: { level: 'warn' }, return503OnClosing: false, forceCloseConnections: true });
const loader = new AudioLoader({ maxSeconds: 4 * 3600 });
await app.register(cochleaServe, { loader, engine, page: false });

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await app.close();
    await loader.close();
  });
}

console.log(await app.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' }));
