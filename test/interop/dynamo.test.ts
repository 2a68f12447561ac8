import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type DType, type Tensor, toBfloat16, toFloat16 } from '../../dist/index.js';
import { dynamoTransferRequest, FileSender, NixlSender, type TensorSender } from '../../dist/transfer/index.js';
import { slowness } from '../safe/outcome.js';
import { Dynamo, environment, isInstalled, type Reader, whyNot } from './dynamo.js';

if (!isInstalled) process.stderr.write(`dynamo.test.ts is skipped: ${whyNot}\n`);

const width = 4096;
const tokens = [1, 25, 750, 7500];
const dtypes: readonly DType[] = ['float32', 'float16', 'bfloat16'];

/** Numbers of every size, from a generator with a period far beyond. */
function embeddings(rows: number): Tensor<Float32Array> {
  const data = new Float32Array(rows * width);
  let state = rows;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = (state / 2 ** 31 - 1) * 2 ** ((i % 24) - 12);
  }
  return { data, shape: [rows, width], dtype: 'float32' };
}

async function tensorOf(rows: number, dtype: DType): Promise<Tensor> {
  const tensor = embeddings(rows);
  if (dtype === 'float32') return tensor;
  return dtype === 'float16' ? toFloat16(tensor) : toBfloat16(tensor);
}

describe.skipIf(!isInstalled)('readers of NVIDIA Dynamo, unmodified, get the same bits', () => {
  const folder = isInstalled ? mkdtempSync(join(tmpdir(), 'cochlea-interop-')) : '';
  const senders: Record<Reader, () => TensorSender> = {
    local: () => new FileSender({ folder }),
    'nixl-read': () => new NixlSender({ library: environment }),
    'nixl-connect': () => new NixlSender({ library: environment }),
    'nixl-write': () => new NixlSender({ library: environment, form: 'write' }),
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const reader of Object.keys(senders) as Reader[]) {
    test(reader, { timeout: 300_000 * slowness }, async () => {
      await using sender = senders[reader]();
      const dynamo = new Dynamo();
      for (const dtype of dtypes) {
        for (const rows of tokens) {
          const { descriptor, completed } = await sender.send(await tensorOf(rows, dtype));
          const answer = await dynamo.receive(reader, dynamoTransferRequest(descriptor as never));
          const { shape, digest } = descriptor;
          expect(answer, `${dtype} ${shape}`).toMatchObject({ shape, dtype, digest: digest.slice('xxh3:'.length) });
          expect(await completed).toBe('received');
        }
      }
      expect(sender.held).toEqual({ bytes: 0, tensors: 0 });
      await dynamo.close();
    });
  }
});
