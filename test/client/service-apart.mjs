// A service in a process of its own. Argument: JSON with `tower`, a folder, and `port`. It writes that it is ready, and its address.
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EmbeddingCache, EncodeWorker } from '../../dist/worker/index.js';
import { answerFrom, listening } from './service.mjs';

const { tower: folder, port } = JSON.parse(process.argv[2]);
const tower = await AudioTower.load(folder, { provider: 'cpu' });
const cache = new EmbeddingCache({ maxBytes: 64 * 1024 ** 2 });
const worker = new EncodeWorker({ loader: new AudioLoader(), tower, transfer: new InlineSender(), cache });
const { address } = await listening(answerFrom(worker), port);
console.log(JSON.stringify('ready'));
console.log(JSON.stringify({ address }));
