import { createGunzip, gzipSync } from 'node:zlib';
import fastifyMultipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { errorOf, form, post, service, speech } from './service.js';

describe('in an application that has its own', () => {
  test('@fastify/multipart, error handler, not-found handler and hooks: each for its own routes', async () => {
    await using app = await service({
      prefix: '/audio',
      async host(own) {
        await own.register(fastifyMultipart);
        own.setErrorHandler((_, __, reply) => reply.code(418).send({ own: true }));
        own.setNotFoundHandler((_, reply) => reply.code(404).send({ own: 'not found' }));
        own.post('/upload', async (request) => {
          const file = await request.file();
          return { bytes: (await file?.toBuffer())?.length };
        });
        own.get('/fails', async () => {
          throw new Error('of the application');
        });
      },
    });
    const root = new URL(app.url).origin;
    expect(await (await post(`${root}/upload`, form())).json()).toMatchObject({ bytes: expect.any(Number) });
    expect((await fetch(`${root}/fails`)).status).toBe(418);
    expect(await (await fetch(`${root}/nothing`)).json()).toEqual({ own: 'not found' });
    expect((await post(`${root}/audio/v1/audio/decode`, form())).status).toBe(200);
    const wrong = await post(`${root}/audio/v1/audio/decode`, form({ channels: '7' }));
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error: { code: 'ERR_REQUEST_INVALID' } });
    expect((await fetch(`${root}/audio/docs/`)).status).toBe(200);
    expect((await fetch(`${root}/audio/`)).status).toBe(200);
  });

  test('@fastify/swagger: our routes are in its document, and there is no other', async () => {
    await using app = await service({
      prefix: '/audio',
      host: async (own) => {
        await own.register(swagger);
        own.get('/document', { schema: { hide: true } as object }, async () => own.swagger());
      },
    });
    const root = new URL(app.url).origin;
    const { paths } = (await (await fetch(`${root}/document`)).json()) as { paths: object };
    expect(Object.keys(paths)).toContain('/audio/v1/audio/decode');
    expect((await fetch(`${root}/audio/openapi.json`)).status).toBe(404);
  });

  test('a hook that decompresses bodies: they were read past it; damage is the fault of the client', async () => {
    await using app = await service({
      host: async (own) => {
        own.addHook('preParsing', async (_, __, payload) => payload.pipe(createGunzip()));
      },
    });
    const headers = { 'content-type': 'audio/mpeg' };
    const packed = gzipSync(speech);
    const whole = await post(`${app.url}/v1/audio/decode`, new Uint8Array(packed), headers);
    expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, expect.any(Number)]);
    const wrong = await post(`${app.url}/v1/audio/decode`, new Uint8Array(speech), headers);
    expect([wrong.status, await errorOf(wrong)]).toMatchObject([400, { code: 'ERR_REQUEST_INVALID', fault: 'client' }]);
    // What a small body becomes counts.
    const bomb = gzipSync(Buffer.alloc(65 * 1024 ** 2));
    const burst = await post(`${app.url}/v1/audio/decode`, new Uint8Array(bomb), headers);
    expect([burst.status, await errorOf(burst)]).toMatchObject([413, { code: 'ERR_AUDIO_LIMIT' }]);
  });

  test('a limit of its own: what it says of the time to wait was replaced', async () => {
    await using app = await service({
      host: async (own) => {
        own.addHook('onRequest', async (_, reply) => {
          reply.header('retry-after', 60);
          throw Object.assign(new Error('ten requests a minute'), { statusCode: 429 });
        });
      },
    });
    const response = await post(`${app.url}/v1/audio/decode`, form());
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
    const message = 'ten requests a minute';
    expect(await errorOf(response)).toMatchObject({ code: 'ERR_BUSY', message, retryable: true });
  });

  test('a registry of metrics: ours are in it, beside its own', async () => {
    const registry = new Registry();
    await using app = await service({ registry, metrics: true });
    expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
    expect(await registry.metrics()).toContain('cochlea_requests_running 0');
  });

  test('a registry that is made when it is needed', async () => {
    const made: Registry[] = [];
    const registry = () => {
      made.push(new Registry());
      return made[0] as Registry;
    };
    await using app = await service({ registry });
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    expect(made).toEqual([]);
    expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
    const text = await (await fetch(`${app.url}/metrics`)).text();
    expect(text).toMatch(/^cochlea_stage_duration_seconds_count\{stage="decode"\} 1$/m);
    expect(text).toMatch(/^cochlea_request_duration_seconds_count\{route="\/v1\/audio\/decode",status="200"\} 1$/m);
    expect(made).toHaveLength(1);
  });

  test('two of them in one application, below two paths', async () => {
    const { cochleaServe } = await import('../../dist/serve/index.js');
    await using app = await service({ prefix: '/a' });
    expect(app.app.hasRoute({ method: 'POST', url: '/a/v1/audio/decode' })).toBe(true);
    await using other = await service({
      prefix: '/a',
      host: async (own) => {
        await own.register(cochleaServe, { loader: app.loader, prefix: '/b' });
      },
    });
    const root = new URL(other.url).origin;
    expect((await post(`${root}/a/v1/audio/decode`, form())).status).toBe(200);
    expect((await post(`${root}/b/v1/audio/decode`, form())).status).toBe(200);
  });
});

test('another method: 405, with those that there are', async () => {
  await using app = await service();
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const response = await fetch(`${app.url}/v1/audio/decode`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await response.json()).toMatchObject({ error: { code: 'ERR_REQUEST_INVALID' } });
  }
});

test('without page, document and metrics there are none', async () => {
  await using app = await service({ page: false, docs: false, metrics: false });
  for (const path of ['/', '/docs', '/openapi.json', '/metrics']) {
    expect((await fetch(`${app.url}${path}`)).status).toBe(404);
  }
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
});

test.each([
  [{ limits: { queue: -1 } }, /options\.limits\.queue must be a whole number/],
  [{ limit: {} }, /options\.limit is not an option/],
  [{ worker: 'tower' }, /options\.worker must be an EncodeWorker/],
  [{ authenticate: true }, /options\.authenticate must be a function/],
  [{ grace: 1.5 }, /options\.grace must be a whole number/],
])('wrong options are refused where the plugin is registered: %j', async (options, message) => {
  const { cochleaServe } = await import('../../dist/serve/index.js');
  const { fastify } = await import('fastify');
  const app = fastify();
  await expect(async () => {
    await app.register(cochleaServe as never, { loader: {}, ...options });
  }).rejects.toThrow(message);
});
