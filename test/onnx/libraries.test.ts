import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRuntime } from '../../dist/onnx/runtime.js';
import { runScript } from './child.js';

/**
 * COCHLEA_ORT_LIBS, with libraries that have the names of NVIDIA's and of the CUDA provider, and nothing in them:
 * Note [Libraries of CUDA].
 */
describe.runIf(process.platform === 'linux' && !existsSync('/dev/nvidiactl'))(
  'libraries outside of the package',
  () => {
    let folder: string;

    function compile(path: string, name: string, ...needed: string[]): void {
      const library = join(folder, path, name);
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, 'empty.c'), 'void nothing(void) {}');
      const links = needed.flatMap((each) => ['-Wl,--no-as-needed', `-L${join(folder, path)}`, `-l:${each}`]);
      execFileSync('cc', ['-shared', join(folder, 'empty.c'), `-Wl,-soname,${name}`, ...links, '-o', library]);
    }

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
      // As the wheels lay them out: in an order in which the first needs the second.
      compile('site/nvidia/cu13/lib', 'libcublasLt.so.99');
      compile('site/nvidia/cu13/lib', 'libcublas.so.99', 'libcublasLt.so.99');
      compile('site/onnxruntime/capi', 'libonnxruntime_providers_shared.so');
      compile('site/onnxruntime/capi', 'libonnxruntime_providers_cuda.so');
      process.env.COCHLEA_ORT_LIBS = join(folder, 'site');
      process.env.COCHLEA_CACHE = join(folder, 'cache');
    });
    afterAll(() => {
      delete process.env.COCHLEA_ORT_LIBS;
      delete process.env.COCHLEA_CACHE;
      rmSync(folder, { recursive: true });
    });

    const script = `
    import { readFileSync } from 'node:fs';
    import { native } from '${new URL('../../dist/native/binding.js', import.meta.url).href}';
    const session = await OnnxSession.open(quick, { provider: 'cpu' });
    const { y } = await session.run(few(4));
    const libraries = readFileSync('/proc/self/maps', 'utf8').match(/\\S*lib(onnxruntime|cublas)\\S*/g);
    console.log(JSON.stringify({ y: y.data[0], byName: native.loadLibrary('libcublas.so.99'), libraries: [...new Set(libraries)],
      declined: session.declined }));`;

    test.each([
      ['', () => join(folder, 'site')],
      [', named from the working folder', () => relative(process.cwd(), join(folder, 'site'))],
    ])(
      'NVIDIA’s are found by name, and the runtime works from a folder that has the provider’s beside it%s',
      async (_, site) => {
        process.env.COCHLEA_ORT_LIBS = site();
        for (let i = 0; i < 2; i++) {
          const run = await runScript(script);
          expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
          const { y, byName, libraries } = JSON.parse(run.stdout);
          expect(y).toBe(4);
          expect(byName).toBeUndefined();
          expect(libraries).toContain(join(folder, 'site/nvidia/cu13/lib/libcublasLt.so.99'));
        }
        const [made, ...others] = readdirSync(join(folder, 'cache/onnxruntime'));
        expect(others).toEqual([]);
        const links = join(folder, 'cache/onnxruntime', made as string);
        expect(readdirSync(links).sort()).toEqual([
          'libonnxruntime.so.1',
          'libonnxruntime_providers_cuda.so',
          'libonnxruntime_providers_shared.so',
        ]);
        const runtime = readFileSync(join(findRuntime().folder, 'libonnxruntime.so.1'));
        expect(readFileSync(join(links, 'libonnxruntime.so.1')).equals(runtime)).toBe(true);
      },
    );

    test('where no links can be made, or what should be a folder is a file, the processor works all the same', async () => {
      const file = join(folder, 'site/onnxruntime/capi/libonnxruntime_providers_cuda.so');
      const unset = { ...process.env };
      try {
        process.env.COCHLEA_CACHE = join(file, 'below');
        expect(await runScript(script)).toMatchObject({ code: 0, signal: null, stderr: '' });
        process.env.COCHLEA_ORT_LIBS = file;
        const run = await runScript(script.replace("'cpu'", "'auto'"));
        expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
        const [{ reason }] = JSON.parse(run.stdout).declined;
        expect(reason).toContain('are missing in');
      } finally {
        process.env.COCHLEA_CACHE = unset.COCHLEA_CACHE;
        process.env.COCHLEA_ORT_LIBS = unset.COCHLEA_ORT_LIBS;
      }
    });

    test('without a driver, that is what is missing', async () => {
      const run = await runScript(script.replace("'cpu'", "'auto'"));
      expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
      const [{ provider, reason }] = JSON.parse(run.stdout).declined;
      expect(provider).toBe('cuda');
      expect(reason).toMatch(/^there is (no NVIDIA driver: libcuda\.so\.1|an NVIDIA driver, but no GPU)/);
    });
  },
);
