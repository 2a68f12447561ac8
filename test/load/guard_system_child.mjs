// Loads from a network of its own: run by guard_system.test.ts in new namespaces, where 127.0.0.1:53 is the DNS server
// of the system, and all addresses are this machine's. No option of the loader is set but allowHttp. Prints what became
// of each name, as JSON.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { AudioLoader } from '../../dist/load/index.js';
import { DnsServer } from './guard_dns.mjs';

const [sound, public4, public6, ...trapped] = process.argv.slice(2);
const tone = readFileSync(sound);
const privateRedirects = [
  'http://private.test/',
  'http://db.internal/',
  'http://LOCALHOST./',
  'http://metadata/',
  'http://127.0.0.1/',
  'http://[::ffff:10.0.0.1]/',
];

const dns = new DnsServer({
  'public.test': [public4, public6],
  'private.test': ['10.0.0.1'],
  'loopback.test': ['127.0.0.1', '::1'],
  'first.test': ['127.0.0.1', public4],
  'last.test': [public4, public4, '10.0.0.1'],
  'bad6.test': [public4, '::1'],
  'bad4.test': [public6, '10.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'compatible.test': ['::808:808'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'alias.test': ['CNAME db.internal'],
  'db.internal': ['10.0.0.1'],
  // resolv.conf says: search zone.test
  'short.zone.test': ['10.0.0.1'],
  'turning.test': (times) => (times === 0 ? [public4] : ['127.0.0.1']),
  'broken.test': 'SERVFAIL',
});
await dns.listen(53);

const requests = [];
const site = (request, response) => {
  requests.push(`${request.headers.host}${request.url}`);
  const [, index] = /^\/to\/(\d+)$/.exec(request.url) ?? [];
  response.setHeader('connection', 'close');
  if (index === undefined) response.end(tone);
  else response.writeHead(302, { location: privateRedirects[index] }).end();
};
let connections = 0;
for (const host of [public4, public6]) await once(createServer(site).listen(80, host), 'listening');
for (const host of trapped) {
  const trap = createTcpServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(trap.listen(80, host), 'listening');
}

const loader = new AudioLoader({ allowHttp: true, cache: { maxBytes: 0 }, fetch: { timeout: 20_000 } });
const outcomes = [];
async function load(url) {
  const queries = dns.queries.length;
  const sent = requests.length;
  const outcome = await loader.load(url).then(
    ({ frames }) => ({ frames }),
    ({ code, reason, fault, retryable, label, message }) => ({ code, reason, fault, retryable, label, message }),
  );
  outcomes.push({ url, ...outcome, queries: dns.queries.slice(queries), requests: requests.length - sent });
}

for (const name of ['public', 'first', 'last', 'bad6', 'bad4', 'mapped', 'compatible', 'nat64', 'loopback', 'alias']) {
  await load(`http://${name}.test/?secret`);
}
for (const url of ['http://short/', 'http://from-hosts/', 'http://db.internal/', `http://[${public6}]/`])
  await load(url);
for (const url of ['http://turning.test/', 'http://turning.test/']) await load(url);
for (const url of ['http://nowhere.test/', 'http://broken.test/']) await load(url);
for (const i of privateRedirects.keys()) await load(`http://public.test/to/${i}`);
console.log(JSON.stringify({ outcomes, connections }));
process.exit();
