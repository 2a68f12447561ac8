import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Beside the sources and the built files alike. */
const folder = join(__dirname, '../../../lib/serve/page');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Everything comes from here, and nothing else can be reached. The microphone is for recording. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** The page for people, at `/`. `docs`: whether there is a page of the API, to which it leads. */
export function addPage(app: FastifyInstance, docs: boolean): void {
  const schema = { hide: true } as object;
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)];
    if (type === undefined || name === 'index.html') continue;
    const bytes = readFileSync(join(folder, name));
    app.get(`/${name}`, { schema }, async (_, reply) => reply.headers(headers).type(type).send(bytes));
  }
  const whole = readFileSync(join(folder, 'index.html'), 'utf8');
  const html = docs ? whole : whole.replace(/ *<nav .*<\/nav>\n/, '');
  app.get('/', { schema }, async (request, reply) => {
    const [path = '/'] = request.url.split('?', 1);
    // Below a prefix, `/prefix` is this page as well: what it asks for beside itself would be outside.
    if (!path.endsWith('/')) return reply.redirect(`${path.slice(path.lastIndexOf('/') + 1)}/`, 308);
    return reply
      .headers(headers)
      .type(types['.html'] as string)
      .send(html);
  });
}
