// guard.mjs FILE: that what the loader may not ask is not asked, whatever the runtime makes of sockets and look-ups.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AudioLoader } from 'cochlea/load';

const body = readFileSync(process.argv[2]);
/** Address that each connection came to, and what was asked for on it. */
let seen = [];
const server = createServer(({ headers, url }, response) => {
  seen.push(headers.host.split(':')[0] + url);
  if (url === '/redirect') response.writeHead(302, { location: 'http://private.example/' }).end();
  else response.end(body);
});
server.on('connection', ({ localAddress }) => seen.push(localAddress));
await new Promise((resolve) => server.listen(0, '0.0.0.0', resolve));
const { port } = server.address();

const answers = {
  'public.example': ['127.0.0.2'],
  'private.example': ['127.0.0.3'],
  'mixed.example': ['127.0.0.2', '127.0.0.3'],
};
const loader = new AudioLoader({
  allowHttp: true,
  allowPrivateAddresses: ['127.0.0.2/32'],
  cache: { maxBytes: 0 },
  fetch: {
    retries: 0,
    lookup: (name, { all }, callback) => {
      const found = answers[name]?.map((address) => ({ address, family: 4 }));
      if (found === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
      else if (all) callback(null, found);
      else callback(null, found[0].address, 4);
    },
  },
});

async function outcome(url) {
  seen = [];
  const result = await loader.load(url).then(
    ({ frames }) => (frames > 0 ? 'loaded' : 'empty'),
    ({ code, reason }) => `${code} ${reason}`,
  );
  return [result, ...seen];
}

const refused = 'ERR_FETCH_REFUSED address';
assert.deepEqual(await outcome(`http://public.example:${port}/a`), ['loaded', '127.0.0.2', 'public.example/a']);
assert.deepEqual(await outcome(`http://127.0.0.2:${port}/a`), ['loaded', '127.0.0.2', '127.0.0.2/a']);
assert.deepEqual(await outcome(`http://private.example:${port}/a`), [refused]);
assert.deepEqual(await outcome(`http://mixed.example:${port}/a`), [refused]);
assert.deepEqual(await outcome(`http://127.0.0.3:${port}/a`), [refused]);
// The connection that it came on is used again, or another made to the same address.
const [result, ...asked] = await outcome(`http://public.example:${port}/redirect`);
assert.equal(result, refused);
assert.deepEqual(new Set(asked.filter((each) => each !== '127.0.0.2')), new Set(['public.example/redirect']));
assert.deepEqual(await outcome(`http://unknown.example:${port}/`), ['ERR_FETCH_FAILED dns']);
assert.deepEqual((await outcome(`https://public.example:${port}/`)).slice(0, 2), ['ERR_FETCH_FAILED tls', '127.0.0.2']);
await loader.close();
server.closeAllConnections();
server.close();
console.log('Loader: asks what it may ask, and nothing else');
