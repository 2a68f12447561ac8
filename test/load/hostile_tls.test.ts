import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runNode } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { failureOf, lenientLoader, listen } from './hostile_server.js';

/** Certificates of our own making, which only who is told so trusts. */

const tone = Buffer.from(toneWav(0.1));
const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
const loaderUrl = new URL('../../dist/load/index.js', import.meta.url).href;

/** Makes a self-signed certificate that `openssl` dates from today. */
function certificate(name: string, subject: string): { cert: Buffer; key: Buffer; path: string } {
  const path = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const identity = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${subject}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...identity, '-keyout', key, '-out', path], { stdio: 'pipe' });
  return { cert: readFileSync(path), key: readFileSync(key), path };
}

let right: ReturnType<typeof certificate>;
let wrong: ReturnType<typeof certificate>;
beforeAll(() => {
  right = certificate('right', 'IP:127.0.0.1');
  wrong = certificate('wrong', 'DNS:elsewhere.example');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function secure(options: ServerOptions): Promise<Awaited<ReturnType<typeof listen>>> {
  const server = await listen(
    createServer(options, (_, response) => response.end(tone)).on('tlsClientError', () => {}),
  );
  return { ...server, url: server.url.replace('http:', 'https:') };
}

/** Loads in a process that trusts this certificate. */
function loadTrusting(path: string, url: string): ReturnType<typeof runNode> {
  process.env.NODE_EXTRA_CA_CERTS = path;
  try {
    return runNode([
      '--input-type=module',
      '--eval',
      `import { AudioLoader } from '${loaderUrl}';
      const loader = new AudioLoader({ allowPrivateAddresses: true });
      const shown = ({ frames }) => ({ frames });
      const why = ({ code, reason, retryable, message }) => ({ code, reason, retryable, message });
      console.log(JSON.stringify(await loader.load('${url}').then(shown, why)));
      await loader.close();`,
    ]);
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
}

const refused = { code: 'ERR_FETCH_FAILED', reason: 'tls', fault: 'client', retryable: false };

test('a certificate that nobody vouches for', async () => {
  const server = await secure(right);
  const error = await failureOf(lenientLoader(), server.url);
  expect(error).toMatchObject({ ...refused, cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  expect(server.connections.made).toBe(1);
});

test('a certificate that the process is told to trust', async () => {
  const server = await secure(right);
  const run = await loadTrusting(right.path, server.url);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(run.stdout)).toEqual({ frames: 1600 });
});

test('a trusted certificate of another host', async () => {
  const server = await secure(wrong);
  const run = await loadTrusting(wrong.path, server.url);
  const { code, reason, retryable } = refused;
  expect(JSON.parse(run.stdout)).toMatchObject({
    ...{ code, reason, retryable },
    message: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID/),
  });
});

test('a version of TLS that is too old', async () => {
  const server = await secure({ ...right, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' });
  expect(await failureOf(lenientLoader(), server.url)).toMatchObject(refused);
});

test('no TLS where there should be, and the other way round', async () => {
  const plain = await listen(createPlain((_, response) => response.end(tone)));
  const tls = await secure(right);
  const loader = lenientLoader({ retries: 0 });
  expect(await failureOf(loader, plain.url.replace('http:', 'https:'))).toMatchObject(refused);
  const error = await failureOf(loader, tls.url.replace('https:', 'http:'));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED' });
  expect(['reset', 'protocol', 'status']).toContain(error.reason);
});
