// A service behind TLS, with a certificate of an authority of our own making, which only who is told so trusts.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { errorOf, runNode } from '../safe/outcome.js';
import { type Service, service, speechFile } from '../serve/service.js';
import { towerFolder } from '../tower/reference.js';

const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
const path = (name: string): string => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const apiKey = 'sk-0123456789abcdef';
let tower: AudioTower;

/** A certificate for a name, signed by the authority. */
function certificate(name: string): { key: Buffer; cert: Buffer } {
  const [key, request, cert, names] = [path('key'), path('csr'), path('pem'), path('ext')];
  writeFileSync(names, `subjectAltName=${name === 'right' ? 'IP:127.0.0.1' : 'DNS:elsewhere.example'}\n`);
  openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
  const authority = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
  openssl('x509', '-req', '-in', request, ...authority, '-days', '2', '-extfile', names, '-out', cert);
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

beforeAll(async () => {
  openssl(
    'req',
    '-x509',
    ...curve,
    '-subj',
    '/CN=test',
    '-days',
    '2',
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
  );
  tower = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await tower.close();
});

/** A service, its address, and the requests that came. */
async function secure(name: 'right' | 'wrong'): Promise<{ served: Service; address: string; asked: unknown[] }> {
  const asked: unknown[] = [];
  const served = await service({
    apiKeys: [apiKey],
    worker: (loader) => new EncodeWorker({ loader, tower, transfer: new InlineSender() }),
    server: { https: certificate(name) } as object,
    host: async (app) => {
      app.addHook('onRequest', async ({ headers }) => void asked.push(headers.authorization));
    },
  });
  return { served, address: served.url.replace('http:', 'https:'), asked };
}

const clientUrl = new URL('../../dist/client/index.js', import.meta.url).href;

/** Embeds in a process that trusts the authority. */
async function embedTrusting(address: string): Promise<unknown> {
  process.env.NODE_EXTRA_CA_CERTS = path('ca.pem');
  try {
    const { stdout } = await runNode([
      '--input-type=module',
      '--eval',
      `import { readFileSync } from 'node:fs';
      import { EncodeClient } from '${clientUrl}';
      const client = new EncodeClient({ addresses: '${address}', apiKey: '${apiKey}', retries: 0 });
      const shown = ({ tensor }) => ({ shape: tensor.shape });
      const why = ({ name, code, status, message, cause }) => ({ name, code, status, message, cause: cause?.code });
      console.log(JSON.stringify(await client.embed(readFileSync('${speechFile}')).then(shown, why)));
      await client.close();`,
    ]);
    return JSON.parse(stdout);
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
}

test('who trusts the authority gets embeddings', async () => {
  const { served, address, asked } = await secure('right');
  await using _ = served;
  expect(await embedTrusting(address)).toEqual({ shape: [expect.any(Number), tower.spec.dimension] });
  expect(asked).toEqual([`Bearer ${apiKey}`]);
});

test('an authority that is not known: a typed error, and the key has not left', async () => {
  const { served, address, asked } = await secure('right');
  await using _ = served;
  await using client = new EncodeClient({ addresses: address, apiKey, retries: 0 });
  const error = await errorOf(client.embed(readFileSync(speechFile)));
  expect(error).toMatchObject({
    name: 'ServiceFailedError',
    code: 'ERR_SERVICE_FAILED',
    status: null,
    message: expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
  });
  expect(asked).toEqual([]);
});

test('a certificate for another name', async () => {
  const { served, address, asked } = await secure('wrong');
  await using _ = served;
  expect(await embedTrusting(address)).toMatchObject({
    name: 'ServiceFailedError',
    code: 'ERR_SERVICE_FAILED',
    status: null,
    cause: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(asked).toEqual([]);
});

test('at one of two addresses: the other one is asked', async () => {
  const { served, address, asked } = await secure('right');
  await using _ = served;
  await using other = await service({
    worker: (loader) => new EncodeWorker({ loader, tower, transfer: new InlineSender() }),
  });
  await using client = new EncodeClient({ addresses: [address, other.url], apiKey });
  const { tensor } = await client.embed(readFileSync(speechFile));
  expect(tensor.shape[1]).toBe(tower.spec.dimension);
  expect(asked).toEqual([]);
  expect(client.stats).toMatchObject([
    { address, failures: 1 },
    { address: other.url, failures: 0 },
  ]);
});
