/**
 * An HTTP server of distinct clips on loopback, in a process of its own: each is the file with another tag
 * at its end, and comes after a wait, as over a network. Prints its address.
 *
 *   node audio-server.mjs FILE MILLISECONDS
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { tagged } from './tagged.mjs';

const [, , path, wait] = process.argv;
const file = readFileSync(path);
let requests = 0;

const server = createServer(async (request, response) => {
  if (request.url === '/requests') return response.end(`${requests}`);
  requests++;
  await sleep(Number(wait));
  const body = tagged(file, request.url);
  response.writeHead(200, { 'content-length': body.length, 'cache-control': 'max-age=3600' }).end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('disconnect', () => process.exit());
