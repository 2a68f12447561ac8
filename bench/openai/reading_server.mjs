/** A server that reads all that it gets, keeps nothing of it, and answers at once: what a client costs, and no model. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { answer } from '../run/answering.mjs';

const text = JSON.stringify({ text: 'Something was said.' });
let bytes = 0;
const server = createServer(async (request, response) => {
  for await (const chunk of request) bytes += chunk.length;
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
await answer(async () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const read = bytes;
  bytes = 0;
  return { url: `http://127.0.0.1:${port}/v1`, bytes: read };
});
server.close();
