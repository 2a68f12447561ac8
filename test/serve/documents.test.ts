// /openapi.json and /docs, which are made at the first request for them.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import { service } from './service.js';

test('the document is the one that @fastify/swagger makes of the whole application', async () => {
  let host: FastifyInstance | undefined;
  await using whole = await service({
    prefix: '/audio',
    host: async (app) => {
      host = app;
      await app.register(swagger as never, { openapi: { openapi: '3.1.0', info: { title: 'Mine', version: '1' } } });
    },
  });
  await using own = await service({ prefix: '/audio' });
  expect((await fetch(`${whole.url}/openapi.json`)).status).toBe(404);
  const expected = (host as unknown as { swagger(): { paths: object } }).swagger();
  const documents = await Promise.all([1, 2].map(async () => (await fetch(`${own.url}/openapi.json`)).json()));
  expect(documents[0]).toMatchObject({ openapi: '3.1.0', paths: JSON.parse(JSON.stringify(expected.paths)) });
  expect(Object.keys(expected.paths)).toContain('/audio/v1/audio/decode');
  expect(documents[1]).toEqual(documents[0]);
});

test('the page of the document: its files, HEAD, and what is not there; the headers of the application are on it', async () => {
  const headers = async (app: FastifyInstance) => {
    app.addHook('onRequest', async (_, reply) => void reply.header('x-frame-options', 'DENY'));
  };
  await using app = await service({ prefix: '/audio', host: headers });
  const get = (path: string, method = 'GET') => fetch(`${app.url}/docs${path}`, { method });
  const page = await get('/');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  const [, script = ''] = /src="\.?\/?([^"]*swagger-ui-bundle\.js)"/.exec(await page.text()) ?? [];
  const bundle = await fetch(new URL(script, `${app.url}/docs/`));
  expect([bundle.status, (await bundle.arrayBuffer()).byteLength > 100_000]).toEqual([200, true]);
  const head = await get('/static/swagger-ui.css', 'HEAD');
  expect([head.status, Number(head.headers.get('content-length')) > 10_000]).toEqual([200, true]);
  expect((await get('/static/nothing.js')).status).toBe(404);
  expect(await (await get('/json')).json()).toEqual(await (await fetch(`${app.url}/openapi.json`)).json());
});
