/**
 * A service: decoding, features and embeddings by HTTP, as a plugin of Fastify 5.
 *
 * @example
 * import fastify from 'fastify';
 * import { AudioLoader } from 'cochlea/load';
 * import { cochleaServe } from 'cochlea/serve';
 * const app = fastify();
 * await app.register(cochleaServe, { loader: new AudioLoader({ maxSeconds: 600 }) });
 * await app.listen({ port: 8080 });
 *
 * @module cochlea/serve
 */
export type { ServeLimits, ServeOptions } from './options.js';
export { cochleaServe } from './plugin.js';
