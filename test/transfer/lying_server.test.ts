// Servers that do not keep to what the descriptor says, and addresses that nobody allowed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Tensor, writeSafetensors } from '../../dist/index.js';
import { type HttpDescriptor, HttpSender, TensorReceiver } from '../../dist/transfer/index.js';
import { errorOf, slowness } from '../safe/outcome.js';

const tensor: Tensor = { data: new Float32Array(50_000).map((_, i) => i), shape: [50_000], dtype: 'float32' };
const file = Buffer.concat([...writeSafetensors({ embeddings: tensor })]);

/** A descriptor of the tensor as ours gives it, at the address of another server. */
async function descriptorAt(url: string): Promise<HttpDescriptor> {
  await using sender = new HttpSender({ url });
  return (await sender.send(tensor)).descriptor;
}

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers each request with these bytes, whatever HTTP says of them. */
async function serveBytes(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failureAt(origin: string, timeout = 1000 * slowness) {
  await using receiver = new TensorReceiver({ origins: [origin], timeout });
  return errorOf(receiver.receive(await descriptorAt(`${origin}/v1/tensors`)));
}

const head = (length: number) => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`;

describe('an answer', () => {
  const lies: Record<string, [(response: ServerResponse) => unknown, string]> = {
    'with fewer bytes': [(response) => response.end(file.subarray(0, 1000)), 'ERR_TRANSFER_CORRUPT'],
    'with more bytes': [(response) => response.end(Buffer.concat([file, file])), 'ERR_TRANSFER_CORRUPT'],
    'without a length': [(response) => response.write(file) && response.end(), 'ERR_TRANSFER_CORRUPT'],
    'with other bytes': [
      (response) => response.end(Buffer.from(file).fill(1, file.length - 4)),
      'ERR_TRANSFER_CORRUPT',
    ],
    'that is no safetensors file': [(response) => response.end(Buffer.alloc(file.length)), 'ERR_TRANSFER_CORRUPT'],
    'that is an error': [(response) => response.writeHead(500).end('no'), 'ERR_TRANSFER_FAILED'],
    'that leads elsewhere': [
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'ERR_TRANSFER_FAILED',
    ],
    'that is gone': [(response) => response.writeHead(410).end(), 'ERR_TRANSFER_EXPIRED'],
    'that says nothing has changed': [(response) => response.writeHead(304).end(), 'ERR_TRANSFER_FAILED'],
  };

  test.each(Object.keys(lies))('%s', async (name) => {
    const [answer, code] = lies[name] as [(response: ServerResponse) => unknown, string];
    expect(await failureAt(await serve((_, response) => answer(response)))).toMatchObject({ code });
  });

  const cuts: Record<string, (socket: Socket) => unknown> = {
    'cut in its head': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    'cut in its body': (socket) => socket.end(Buffer.concat([Buffer.from(head(file.length)), file.subarray(0, 9999)])),
    'ended at once': (socket) => socket.destroy(),
    'that is not HTTP': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    'with two lengths': (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 200100\r\ncontent-length: 1\r\n\r\n`),
  };

  test.each(Object.keys(cuts))('%s', async (name) => {
    const failure = await failureAt(await serveBytes(cuts[name] as (socket: Socket) => void));
    expect(failure).toMatchObject({ code: 'ERR_TRANSFER_FAILED' });
  });

  const silences: Record<string, (socket: Socket) => unknown> = {
    'that never comes': () => {},
    'that ends in its head': (socket) => socket.write('HTTP/1.1 200 OK\r\n'),
    'that ends in its body': (socket) => socket.write(`${head(file.length)}x`),
    'that comes drop by drop': (socket) => {
      socket.write(head(file.length));
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    },
  };

  test.each(Object.keys(silences))('%s: the timeout ends it', async (name) => {
    const started = performance.now();
    const failure = await failureAt(await serveBytes(silences[name] as (socket: Socket) => void), 300);
    expect(failure).toMatchObject({ code: 'ERR_TRANSFER_FAILED', message: expect.stringContaining('300 ms') });
    expect(performance.now() - started).toBeLessThan(3000 * slowness);
  });

  test('that never comes, and a signal', async () => {
    const origin = await serveBytes(() => {});
    await using receiver = new TensorReceiver({ origins: [origin] });
    const controller = new AbortController();
    const call = errorOf(receiver.receive(await descriptorAt(origin), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await call).toMatchObject({ name: 'AbortError' });
  });
});

test('nobody is asked whom the options do not name', async () => {
  let asked = 0;
  const origin = await serve((_, response) => {
    asked++;
    response.end(file);
  });
  await using receiver = new TensorReceiver({ origins: ['http://allowed.test:8000'] });
  const { port } = new URL(origin);
  const urls = [
    `${origin}/v1/tensors/x`,
    `http://localhost:${port}/x`,
    `http://allowed.test:8000@127.0.0.1:${port}/x`,
    `http://user:password@allowed.test:8000/x`,
    `https://allowed.test:8000/x`,
    `http://allowed.test/x`,
    'file:///etc/passwd',
    'data:,x',
    '//allowed.test:8000/x',
    '/x',
    '',
  ];
  const descriptor = await descriptorAt(origin);
  for (const url of urls) {
    expect(await errorOf(receiver.receive({ ...descriptor, url })), url).toMatchObject({
      code: 'ERR_TRANSFER_REFUSED',
    });
  }
  await using none = new TensorReceiver();
  expect(await errorOf(none.receive(descriptor))).toMatchObject({ code: 'ERR_TRANSFER_REFUSED' });
  expect(asked).toBe(0);
});

test('a port where nobody listens', async () => {
  expect(await failureAt('http://127.0.0.1:1')).toMatchObject({
    code: 'ERR_TRANSFER_FAILED',
    cause: { code: 'ECONNREFUSED' },
  });
});

test('a sender that does not hear that the tensor was received: close does not wait for it for ever', async () => {
  const origin = await serve((request, response) => {
    if (request.method === 'GET') response.end(file);
  });
  const receiver = new TensorReceiver({ origins: [origin], timeout: 1000 });
  expect((await receiver.receive(await descriptorAt(origin))).tensor).toEqual(tensor);
  const started = performance.now();
  await receiver.close();
  expect(performance.now() - started).toBeLessThan(2000 * slowness);
});

describe('our own handler', () => {
  test('HEAD, ranges, other methods, other addresses', async () => {
    const origin = await serve((request, response) => {
      if (!sender.handle(request, response)) response.writeHead(418).end();
    });
    await using sender = new HttpSender({ url: `${origin}/v1/tensors/` });
    const { descriptor, completed } = await sender.send(tensor);
    const { url, digest } = descriptor;
    const answers = async (init: RequestInit, address = url) => {
      const response = await fetch(address, init);
      return { response, bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const whole = await answers({});
    expect(whole.bytes.equals(file)).toBe(true);
    expect(whole.response.headers.get('etag')).toBe(`"${digest}"`);
    const head = await answers({ method: 'HEAD' });
    expect(head.response.headers.get('content-length')).toBe(String(file.length));
    expect(head.bytes.length).toBe(0);
    const ranges: [string, number, Buffer | undefined][] = [
      ['bytes=0-0', 206, file.subarray(0, 1)],
      ['bytes=5-', 206, file.subarray(5)],
      ['bytes=-7', 206, file.subarray(-7)],
      ['bytes=70-300', 206, file.subarray(70, 301)],
      ['bytes=0-99999999', 200, file],
      [`bytes=${file.length}-`, 416, undefined],
      ['bytes=-0', 416, undefined],
      ['bytes=9-3', 200, file],
      ['bytes=0-1,5-6', 200, file],
      ['lines=1-2', 200, file],
    ];
    for (const [range, status, bytes] of ranges) {
      const { response, bytes: given } = await answers({ headers: { range } });
      expect(response.status, range).toBe(status);
      if (bytes !== undefined) expect(given.equals(bytes), range).toBe(true);
    }
    expect((await answers({ method: 'POST', body: 'x' })).response.status).toBe(405);
    expect((await answers({}, `${url}x`)).response.status).toBe(404);
    expect((await answers({}, `${origin}/v1/tensors`)).response.status).toBe(418);
    expect((await answers({ method: 'DELETE' }, `${url}x`)).response.status).toBe(404);
    expect((await answers({ method: 'DELETE' })).response.status).toBe(204);
    expect(await completed).toBe('received');
    expect((await answers({})).response.status).toBe(404);
  });

  test('an address without a path', async () => {
    const origin = await serve((request, response) => sender.handle(request, response));
    await using sender = new HttpSender({ url: origin });
    const { descriptor } = await sender.send(tensor);
    expect(new URL(descriptor.url).pathname).toMatch(/^\/[\w-]{22}$/);
    await using receiver = new TensorReceiver({ origins: [origin] });
    expect((await receiver.receive(descriptor)).tensor).toEqual(tensor);
  });
});
