import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NixlSender } from '../../../dist/transfer/index.js';
import { findNixl } from '../../../dist/transfer/nixl/library.js';
import { parseWriteRequest } from '../../../dist/transfer/nixl/write_request.js';
import { temporaryFolder } from '../../cli/command.js';
import { errorOf, thrownBy } from '../../safe/outcome.js';

const tensor = { data: Float32Array.of(1), shape: [1], dtype: 'float32' } as const;

/** A virtual environment in which pip has put the library, of a version. */
function environmentWith(version: string): { folder: string; path: string } {
  const folder = temporaryFolder();
  const packages = join(folder, 'lib', 'python3.12', 'site-packages');
  mkdirSync(join(packages, '.nixl_cu13.mesonpy.libs'), { recursive: true });
  mkdirSync(join(packages, `nixl_cu13-${version}.dist-info`));
  const path = join(packages, '.nixl_cu13.mesonpy.libs', 'libnixl_capi.so');
  writeFileSync(path, 'no library');
  return { folder, path };
}

test('the library is found in an environment, in its packages, and by itself', () => {
  const { folder, path } = environmentWith('1.5.1');
  const packages = join(folder, 'lib', 'python3.12', 'site-packages');
  for (const place of [folder, packages, join(packages, '.nixl_cu13.mesonpy.libs'), path]) {
    expect(findNixl(place)).toEqual({ path, version: '1.5.1' });
  }
});

test('where it is not there, the error says what to do', () => {
  for (const place of ['', '/nowhere', temporaryFolder()]) {
    const error = thrownBy(() => findNixl(place));
    expect(error).toMatchObject({ code: 'ERR_TRANSFER_UNAVAILABLE', fault: 'server' });
    expect(error.message).toMatch(
      /1\. Install[\s\S]+pip install --no-deps nixl-cu12[\s\S]+2\. Name[\s\S]+COCHLEA_NIXL/,
    );
  }
  expect(thrownBy(() => findNixl(environmentWith('1.0.0').folder)).message).toContain('NIXL 1.0.0');
});

test('what is no library is an error of the system loader, and the sender can be closed', async () => {
  const sender = new NixlSender({ library: environmentWith('1.5.1').folder });
  for (let i = 0; i < 2; i++) {
    const error = await errorOf(sender.send(tensor));
    expect(error.code).toBe('ERR_TRANSFER_UNAVAILABLE');
    expect(error.message).toMatch(/cannot be loaded: .*(invalid ELF header|file too short)/);
  }
  expect(sender.held).toEqual({ bytes: 0, tensors: 0 });
  await sender.close();
});

test('a library that is another one', async () => {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const libm = sharedObjects.find((path) => path.includes('/libm.so'));
  await using sender = new NixlSender({ library: libm });
  expect((await errorOf(sender.send(tensor))).message).toContain('is not NIXL 1.x');
});

test('options of the wrong type', () => {
  for (const options of [{ form: 'push' }, { library: 1 }, { netDevices: 'eth0' }, { netDevices: ['a,b'] }, { x: 1 }]) {
    expect(() => new NixlSender(options as never), JSON.stringify(options)).toThrow(TypeError);
  }
  expect(() => new NixlSender({ maxBytes: 0 })).toThrow(RangeError);
});

// By Python: msgspec.msgpack.encode((7, (0x7f0000000000, 6144000, 0, "cpu"), 300, b"meta")).
const request = '940794cf00007f0000000000ce005dc00000a3637075cd012cc4046d657461';

test('the request of a receiver to whom is written', () => {
  expect(parseWriteRequest(Buffer.from(request, 'hex'))).toEqual({
    tensor: 7,
    address: 0x7f00_0000_0000,
    bytes: 6_144_000,
    device: 0,
    memory: 'cpu',
    done: 300,
    metadata: Buffer.from('meta'),
  });
});

test('whatever else a peer may send is none', () => {
  const bytes = Buffer.from(request, 'hex');
  for (let length = 0; length < bytes.length; length++) {
    expect(parseWriteRequest(bytes.subarray(0, length))).toBeUndefined();
  }
  expect(parseWriteRequest(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
  for (let i = 0; i < bytes.length; i++) {
    for (let value = 0; value < 256; value++) {
      const changed = Buffer.from(bytes);
      changed[i] = value;
      const parsed = parseWriteRequest(changed);
      if (parsed) expect(['cpu', 'cuda']).toContain(parsed.memory);
    }
  }
  expect(parseWriteRequest(Buffer.alloc(100_000, 0x94))).toBeUndefined();
});
