// A service in a process of its own. Argument: JSON with `tower`, a folder, and `port`. It writes that it is ready, and
// its address.
import fastify from 'fastify';
import { AudioLoader } from '../../dist/load/index.js';
import { cochleaServe } from '../../dist/serve/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EmbeddingCache, EncodeWorker } from '../../dist/worker/index.js';

const { tower: folder, port } = JSON.parse(process.argv[2]);
const tower = await AudioTower.load(folder, { provider: 'cpu' });
const cache = new EmbeddingCache({ maxBytes: 64 * 1024 ** 2 });
const loader = new AudioLoader();
const app = fastify({ forceCloseConnections: true });
await app.register(cochleaServe, {
  loader,
  worker: new EncodeWorker({ loader, tower, transfer: new InlineSender(), cache }),
});
const address = await app.listen({ port, host: '127.0.0.1' });
console.log(JSON.stringify('ready'));
console.log(JSON.stringify({ address }));
