import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify';
import { addBodies } from './http/bodies.js';
import { dropRest } from './http/body.js';
import { isClosed } from './http/connection.js';
import { Desk } from './http/desk.js';
import { bodyOf, type ErrorForm, failureOf } from './http/failure.js';
import { Metrics } from './http/metrics.js';
import { echoId, idOf } from './http/request_id.js';
import { Slot } from './http/slot.js';
import { checkOptions, type ServeOptions, type Settings } from './options.js';
import { addDecode } from './routes/decode.js';
import { summaryOf } from './routes/describe.js';
import { addDocs } from './routes/docs.js';
import { addFeatures } from './routes/features.js';
import { addModels } from './routes/models.js';
import { addOperations } from './routes/operations.js';
import { addPage } from './routes/page.js';

/**
 * A Fastify 5 plugin that serves audio as tensors: decoding, features, embeddings, metrics, health, a page and an OpenAPI
 * document. It is encapsulated: its parsers, hooks and errors are for its own routes, and those of the application are
 * not for them. Register it with a `prefix` to have its routes below a path.
 *
 * When the server closes, requests that are there may end within `grace`; new ones are answered with 503. With Fastify's
 * option `return503OnClosing: false` that answer is the plugin's own, and `/health` and `/metrics` answer until the end.
 *
 * @throws {TypeError | RangeError} An option is wrong (when it is registered).
 *
 * @example
 * const app = fastify();
 * const loader = new AudioLoader({ maxSeconds: 600 });
 * await app.register(cochleaServe, { loader, apiKeys: [process.env.API_KEY], prefix: '/audio' });
 * await app.listen({ port: 8080 });
 */
export async function cochleaServe(app: FastifyInstance, options: ServeOptions): Promise<void> {
  const settings = checkOptions(options);
  // A context of its own: serializers of logs are set where a context begins.
  // What Fastify's types call text may be an object: pino prints it as JSON.
  const req = logged as unknown as (request: FastifyRequest) => string;
  await app.register(async (own) => serve(own, settings), { logSerializers: { req } });
}

/** What a log has of a request: an address may hold a secret in its query. */
export function logged({ method, url, ip }: FastifyRequest): Record<string, unknown> {
  return { method, path: url.split('?', 1)[0], remoteAddress: ip };
}

async function serve(app: FastifyInstance, settings: Settings): Promise<void> {
  const routes = documentedRoutes(app);
  const desk = new Desk(settings);
  const slot = settings.worker && new Slot(settings.worker);
  const engine = settings.engine && new Slot(settings.engine);
  const { loader, transfers } = settings;
  const measured = { gate: desk.gate, bodies: desk.bodies, loader, transfers, worker: () => slot?.now };
  const metrics = settings.metrics ? new Metrics(measured, settings.registry) : undefined;

  // Schemas are for the document, and for `checked`: a parameter may be in the query, a form or JSON.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error: FastifyError, request, reply) => fail(desk, error, request, reply));
  app.addHook('onRequest', async (request, reply) => echoId(request, reply));
  app.addHook('preClose', () => desk.close());
  app.addHook('onClose', async () => metrics?.close());

  if (settings.docs) addDocs(app, routes, settings.apiKeys.length > 0 || settings.authenticate !== undefined);
  addOperations(app, desk, [slot, engine], metrics);
  // The files below load floors that a service without a model does not need.
  if (transfers.length > 0) (await import('./routes/tensors.js')).addTensors(app, transfers);
  if (settings.page) addPage(app, settings.docs);
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', (request) => desk.authorize(request));
    addModels(guarded, slot, engine);
    await guarded.register(async (working) => {
      working.addHook('onRequest', async (request, reply) => desk.begin(request, reply));
      working.addHook('onResponse', async (request, reply) => {
        metrics?.observe(request.routeOptions.url ?? '', reply.statusCode, reply.elapsedTime / 1000);
      });
      addBodies(working, desk);
      addDecode(working, desk, loader);
      addFeatures(working, desk, loader);
      if (engine) {
        const { addTranscriptions } = await import('./routes/transcriptions.js');
        const { addSpeech } = await import('./routes/speech.js');
        addTranscriptions(working, desk, engine, loader);
        addSpeech(working, desk, engine);
      }
      if (!slot) return;
      const { EmbeddingsRoute } = await import('./routes/embeddings/route.js');
      new EmbeddingsRoute(desk, () => slot.ready, transfers).add(working);
      const { addPooled } = await import('./routes/pooled.js');
      addPooled(working, desk, () => slot.ready);
    });
  });
  refuseOthers(app, routes);
}

/** `routePath`: without the prefix. */
type AddedRoute = RouteOptions & { readonly routePath: string };

/** The routes that the document has, as they are added. */
function documentedRoutes(app: FastifyInstance): readonly AddedRoute[] {
  const routes: AddedRoute[] = [];
  app.addHook('onRoute', (route) => {
    if (summaryOf(route.schema) !== undefined) routes.push(route);
  });
  return routes;
}

/** Answers 405 to other methods. OPTIONS is for CORS, which is the application's. */
function refuseOthers(app: FastifyInstance, routes: readonly AddedRoute[]): void {
  for (const url of new Set(routes.map(({ routePath }) => routePath))) {
    const known = routes.filter(({ routePath }) => routePath === url).flatMap(({ method }) => method);
    const allow = known.join(', ');
    const method = app.supportedMethods.filter((each) => each !== 'OPTIONS' && !(known as string[]).includes(each));
    app.route({
      url,
      method: method as HTTPMethods[],
      schema: { hide: true } as object,
      // Before anything is read or asked.
      onRequest: async (_, reply) => {
        reply.header('allow', allow);
        throw Object.assign(new Error(`${url} takes ${allow}`), { statusCode: 405 });
      },
      handler: () => {},
    });
  }
}

/** As nginx has it in its log: the client has gone, and nobody gets this. */
const clientGone = 499;

/** Answers with an error in the form of the route. */
async function fail(desk: Desk, thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const failure = failureOf(desk.reason(request, thrown));
  const status = isClosed(reply.raw) ? clientGone : failure.status;
  if (status >= 500) request.log.error({ err: thrown }, 'request failed');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // A limit of the application, such as @fastify/rate-limit, has said when.
  if ((status === 429 || status === 503) && !reply.hasHeader('retry-after')) {
    reply.header('retry-after', desk.gate.retryAfter);
  }
  // The rest of the body may never come.
  if (status === 408) reply.header('connection', 'close');
  else if (desk.closing || reply.raw.shouldKeepAlive === false) await dropRest(request.raw);
  const { errorForm = 'cochlea' } = request.routeOptions.config as { errorForm?: ErrorForm };
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(bodyOf(failure, errorForm, idOf(request)));
}
