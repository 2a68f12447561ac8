/**
 * The HTTP client, loaded with the first request: its hundred files would be a third of the time that it takes to load
 * what uses it.
 *
 * `undici/index.js` is undici itself in every runtime. Bun replaces `undici` by its own module, which has no connector.
 */
export function undici(): typeof import('undici/index.js') {
  return require('undici/index.js') as typeof import('undici/index.js');
}
