import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { errorOf } from '../safe/outcome.js';
import { selfSigned } from './guard_certificate.js';
import { countingLookup, expectRefusal, openLoader, Site, Trap, tone } from './guard_server.js';

/** The guard where sockets are opened for TLS, and what must not follow from there. */

const certificate = selfSigned('good.test');

describe.skipIf(!certificate)('over https:', async () => {
  const plain = await Site.open();
  const requests: string[] = [];
  const server = createServer({ ...certificate }, ({ url = '' }, response) => {
    requests.push(url);
    const to = new URL(url, 'https://site').searchParams.get('to');
    if (to === null) response.end(tone);
    else response.writeHead(302, { location: to }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trap = await Trap.open('127.0.0.2', port);
  const { lookup } = countingLookup({
    'good.test': ['127.0.0.1'],
    'other.test': ['127.0.0.1'],
    'bad.test': ['127.0.0.1', '127.0.0.2'],
  });
  const options = { allowPrivateAddresses: ['127.0.0.1/32'], cache: { maxBytes: 0 }, fetch: { lookup } };
  const loader = openLoader(options);
  const trusting = openLoader({ ...options, allowHttp: true });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

  afterAll(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    server.closeAllConnections();
    server.close();
    expect(trap.connections).toBe(0);
  });

  const redirect = (to: string): string => `https://good.test:${port}/?to=${encodeURIComponent(to)}`;

  test('the socket goes to the judged address', async () => {
    expect((await loader.load(`https://good.test:${port}/`)).frames).toBe(1600);
    expect((await loader.load(redirect(`https://other.test:${port}/`))).frames).toBe(1600);
    requests.length = 0;
    await expectRefusal(loader.load(`https://bad.test:${port}/`), 'address');
    await expectRefusal(loader.load(redirect(`https://bad.test:${port}/`)), 'address');
    await expectRefusal(loader.load(redirect(`https://127.0.0.2:${port}/`)), 'address');
    expect(requests.length).toBe(2);
  });

  test('a redirect to http: is followed only with allowHttp', async () => {
    const to = `http://good.test:${plain.port}/tone`;
    await expectRefusal(loader.load(redirect(to)), 'scheme');
    expect(plain.connections).toBe(0);
    expect((await trusting.load(redirect(to))).frames).toBe(1600);
    expect(plain.paths).toEqual(['/tone']);
  });

  test('a certificate that nobody vouches for ends the load, for good', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
    const before = requests.length;
    const error = await errorOf(openLoader(options).load(`https://good.test:${port}/?secret`));
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'tls', fault: 'client', retryable: false });
    expect(error.label).toBe(`https://good.test:${port}/`);
    expect(requests.length).toBe(before);
  });
});
