import { expect, test } from 'vitest';
import { preferred } from '../../dist/serve/http/accept.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { towerFolder } from '../tower/reference.js';
import { form, post, service } from './service.js';

const [json, lines, file] = ['application/json', 'application/x-ndjson', 'application/vnd.safetensors'] as const;

/** By the rules and examples of RFC 9110, 12.5.1. */
const cases = [
  [undefined, json],
  ['', json],
  ['*/*', json],
  ['text/html', json],
  ['application/*', json],
  [lines, lines],
  ['Application/X-NDJSON', lines],
  [`${lines}, */*`, lines],
  [`*/*, ${file};q=0.9`, json],
  [`${json};q=0.5, ${lines}`, lines],
  [`${lines};q=0.2, ${json};q=0.3`, json],
  [`${lines};q=0.2, ${file};q=0.300`, file],
  [`${file}, ${lines}`, file],
  [`${lines};q=0`, json],
  [`${lines};q=0, ${file}`, file],
  [`${lines}; q=0.0, */*;q=0.1`, json],
  [`${json};q=0, */*`, lines],
  [`application/*;q=0, ${file}`, file],
  [`${json};q=0, ${lines};q=0, ${file};q=0`, json],
  [`${lines};charset=utf-8;q=0`, json],
  [`${lines};q=much`, lines],
] as const;

test.each(cases)('Accept: %s gives %s', (accept, expected) => {
  expect(preferred(accept, [json, lines, file])).toBe(expected);
});

test('lines that a client will not have (q=0) are not sent', async () => {
  await using tower = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
  const worker = (loader: ConstructorParameters<typeof EncodeWorker>[0]['loader']) =>
    new EncodeWorker({ loader, tower, transfer: new InlineSender() });
  await using app = await service({ worker });
  const typeFor = async (accept: string) => {
    const response = await post(`${app.url}/v1/audio/embeddings`, form({ encoding_format: 'base64' }), { accept });
    await response.arrayBuffer();
    return [response.status, response.headers.get('content-type')];
  };
  expect(await typeFor(`${lines};q=0, */*`)).toEqual([200, `${json}; charset=utf-8`]);
  expect(await typeFor(`${lines};q=0, ${file};q=0.1, ${json};q=0`)).toEqual([200, file]);
  expect(await typeFor(lines)).toEqual([200, lines]);
});
