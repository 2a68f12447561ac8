import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { basename, resolve } from 'node:path';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Registry } from 'prom-client';
import { AudioLoader } from '../../load/index.js';
import { cochleaServe } from '../../serve/index.js';
import { bodyOf, failureOf, idOf, logged, peer, summaryOf, withoutCompilers } from '../../serve/inner.js';
import type { TensorSender } from '../../transfer/index.js';
import type { EncodeWorker } from '../../worker/index.js';
import { table } from '../table.js';
import { engineOf } from './engines.js';
import type { ServeFlags } from './flags.js';

/** Of embeddings that are kept. */
const cacheBytes = 256 * 1024 ** 2;

/** Milliseconds after the grace period, for the answers to those whose time it ended. */
const lastAnswers = 3000;

/** Seconds. */
const longestClip = 600;
const longestRecording = 4 * 3600;

export interface ServeKeys {
  /** Of clients. */
  readonly apiKeys: readonly string[];
  /** Of this service, at the servers that it asks. */
  readonly upstream: string | undefined;
}

/** Serves until the signal aborts, and then until the requests that are there have ended. */
export async function serve(flags: ServeFlags, keys: ServeKeys, signal: AbortSignal): Promise<void> {
  const { allowHttp, allowPrivate, allowHost } = flags;
  const { maxSeconds = flags.whisper || flags.upstream ? longestRecording : longestClip } = flags;
  const loader = new AudioLoader({
    maxSeconds,
    allowHttp: allowHttp === true,
    allowPrivateAddresses: allowPrivate === true,
    allowedHosts: allowHost,
  });
  const transfers = await Promise.all((flags.transfer ?? []).map((mode) => senderOf(mode, flags)));
  const engine = await engineOf(flags, keys.upstream);
  const model = flags.tower === undefined ? undefined : loadModel(flags, flags.tower, loader);
  try {
    const app = application(flags.logLevel);
    const routes = listRoutes(app);
    const { concurrency, queue, timeout, grace = 30_000, page, docs } = flags;
    const limits = { concurrency, queue, timeout };
    const worker = model?.then((loaded) => loaded.worker);
    const { apiKeys } = keys;
    await app.register(cochleaServe, {
      loader,
      worker,
      engine: engine?.engine,
      transfers,
      apiKeys,
      registry,
      limits,
      grace,
      page,
      docs,
    });
    try {
      await app.listen({ host: flags.host, port: flags.port });
      process.stderr.write(`${routes()}listening on ${addressOf(app)}\n`);
      await untilStopped(signal, [model, engine?.engine]);
    } finally {
      await closeWithin(app, grace);
    }
  } finally {
    await (await model?.catch(() => undefined))?.close();
    await Promise.all([loader, ...transfers, ...(engine ? [engine] : [])].map((each) => each.close()));
  }
}

interface Model {
  readonly worker: EncodeWorker;
  close(): Promise<void>;
}

/** Requests are answered with 503 until it is there. */
async function loadModel(flags: ServeFlags, folder: string, loader: AudioLoader): Promise<Model> {
  const { AudioTower } = await import('../../tower/index.js');
  const { EmbeddingCache, EncodeWorker } = await import('../../worker/index.js');
  const { FileSender } = await import('../../transfer/index.js');
  const { provider, precision, long, timeout: deadline } = flags;
  const tower = await AudioTower.load(folder, { provider, precision });
  // Whose requests name no transfer have their embeddings in the answer.
  const transfer = new FileSender();
  const options = {
    loader,
    tower,
    transfer,
    cache: new EmbeddingCache({ maxBytes: cacheBytes }),
    model: basename(resolve(folder)),
    long,
    limits: { deadline },
  };
  const worker = new EncodeWorker(options);
  return {
    worker,
    close: async () => {
      await worker.close();
      await Promise.all([tower.close(), transfer.close()]);
    },
  };
}

async function senderOf(mode: 'http' | 'file', { publicUrl = '' }: ServeFlags): Promise<TensorSender> {
  const { FileSender, HttpSender } = await import('../../transfer/index.js');
  return mode === 'file' ? new FileSender() : new HttpSender({ url: `${publicUrl.replace(/\/+$/, '')}/v1/tensors` });
}

/** Resolves when the signal aborts; rejects if a model cannot be loaded. */
async function untilStopped(signal: AbortSignal, models: readonly unknown[]): Promise<void> {
  const stopped: Promise<unknown> = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  await Promise.race([stopped, ...models.map((model) => Promise.resolve(model).then(() => stopped))]);
}

/** Those of the process, beside those of the service. */
function registry(): Registry {
  const { collectDefaultMetrics, Registry } = peer<typeof import('prom-client')>('prom-client');
  const made = new Registry();
  collectDefaultMetrics({ register: made });
  return made;
}

/** A Fastify of our own, whose logs have no query of an address. */
function application(level: string): FastifyInstance {
  const { fastify } = peer<typeof import('fastify')>('fastify');
  const options: FastifyServerOptions = {
    ...withoutCompilers,
    logger: { level, serializers: { req: logged } },
    genReqId: () => randomUUID(),
    // For slow headers, and for requests to other routes. On our own routes, `timeout` ends a slow body sooner.
    requestTimeout: 300_000,
    // When those who work have their answers, connections that are kept open would keep the process for a minute.
    forceCloseConnections: true,
    // While it stops, its own routes answer: alive, not ready, and 503 with `Retry-After` and a typed error.
    return503OnClosing: false,
  };
  const app = fastify(options);
  app.setNotFoundHandler(async (request, reply) => {
    const failure = failureOf(Object.assign(new Error('there is no such route'), { statusCode: 404 }));
    return reply.code(404).send(bodyOf(failure, 'cochlea', idOf(request)));
  });
  return app;
}

/**
 * Closes the connections shortly after the grace period. The plugin waits until each request has ended, and the work of one
 * may not heed that it was aborted.
 */
async function closeWithin(app: FastifyInstance, grace: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), grace + lastAnswers);
  await app.close();
  clearTimeout(timer);
}

/** Gives the routes that were added since, for people. */
function listRoutes(app: FastifyInstance): () => string {
  const rows: string[][] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    const summary = summaryOf(schema);
    if (summary !== undefined && method !== 'HEAD') rows.push([String(method), url, summary]);
  });
  return () => table([{ title: 'method' }, { title: 'route' }, { title: 'what it does' }], rows);
}

function addressOf(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
