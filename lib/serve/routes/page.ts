import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Beside the sources and the built files alike. */
const folder = join(__dirname, '../../../lib/serve/page');
const files = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
} as const;

/** Everything comes from here, and nothing else can be reached. The microphone is for recording. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** The page for people, at `/`. */
export function addPage(app: FastifyInstance): void {
  for (const [url, [name, type]] of Object.entries(files)) {
    const bytes = readFileSync(join(folder, name));
    app.get(url, { schema: { hide: true } as object }, async (_, reply) =>
      reply.headers(headers).type(type).send(bytes),
    );
  }
}
