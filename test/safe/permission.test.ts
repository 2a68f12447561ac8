import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { towerFolder } from '../tower/reference.js';
import { toneWav } from './sounds.js';

// Note [Permission model] in lib/native/permission.ts.

const root = realpathSync(fileURLToPath(new URL('../../', import.meta.url)));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cochlea-test-')));
afterAll(() => rmSync(folder, { recursive: true }));
const [open, shut] = [join(folder, 'open'), join(folder, 'shut')];
for (const each of [open, shut]) {
  mkdirSync(each);
  writeFileSync(join(each, 'tone.wav'), toneWav(1));
}
symlinkSync(join(shut, 'tone.wav'), join(open, 'out.wav'));
symlinkSync('tone.wav', join(open, 'in.wav'));
cpSync(towerFolder('qwen2-audio'), join(open, 'tower'), { recursive: true });

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const permission = major > 22 || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';

/** What a script prints that may read the package and `open`, and nothing else. */
function run(script: string, ...flags: string[]): Record<string, unknown> {
  const file = join(open, 'script.mjs');
  writeFileSync(
    file,
    `
    import { AudioDecoder, AudioSource, decode, probe } from ${JSON.stringify(join(root, 'dist/index.js'))};
    const told = (promise) => promise.then(
      ({ frames, container }) => frames ?? container,
      ({ code, fault, cause, message }) => [code, fault, cause?.code ?? cause, message].map(String));
    ${script}`,
  );
  const allowed = [
    permission,
    '--no-warnings',
    '--allow-addons',
    `--allow-fs-read=${root}*`,
    `--allow-fs-read=${open}/*`,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...allowed, ...flags, file], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const refused = ['ERR_AUDIO_SOURCE', 'server', 'ERR_ACCESS_DENIED', expect.stringContaining('cannot read')];

test('what may be read is decoded, and nothing else', () => {
  const results = run(`
    process.chdir(${JSON.stringify(open)});
    const shut = ${JSON.stringify(join(shut, 'tone.wav'))};
    const all = async (stream) => { let frames = 0; for await (const chunk of stream) frames += chunk.frames; return { frames }; };
    console.log(JSON.stringify({
      open: await told(decode('tone.wav')),
      link: await told(decode('in.wav')),
      probe: await told(probe('tone.wav')),
      shut: await told(decode(shut)),
      shutUrl: await told(decode(new URL('file://' + shut))),
      dots: await told(decode('../shut/tone.wav')),
      linkOut: await told(decode('out.wav')),
      shutProbe: await told(probe(shut)),
      shutStream: await told(all(new AudioDecoder().stream(shut))),
      shutOpened: await told(decode(AudioSource.open(shut))),
      missing: await told(decode('nothing.wav')),
    }));
  `);
  expect(results).toEqual({
    open: 16_000,
    link: 16_000,
    probe: 'wav',
    shut: refused,
    shutUrl: refused,
    dots: refused,
    linkOut: refused,
    shutProbe: refused,
    shutStream: refused,
    shutOpened: refused,
    missing: ['ERR_AUDIO_SOURCE', 'client', 'ENOENT', expect.any(String)],
  });
});

test('the loader reads no more', () => {
  const results = run(`
    const { AudioLoader } = await import(${JSON.stringify(join(root, 'dist/load/index.js'))});
    const loader = new AudioLoader({ allowedRoot: ${JSON.stringify(folder)} });
    console.log(JSON.stringify({ shut: await told(loader.load(${JSON.stringify(join(shut, 'tone.wav'))})) }));
    await loader.close();
  `);
  expect(results.shut).toContain('ERR_FETCH_REFUSED');
});

test('no temporary file is written where none may be', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    const mov = readFileSync(${JSON.stringify(join(root, 'test/fixtures/ranges/pcm.mov'))});
    const padding = Buffer.alloc(40_000_000);
    padding.writeUInt32BE(padding.length, 0);
    padding.write('free', 4);
    async function* stream() {
      yield mov;
      for (let at = 0; at < padding.length; at += 1e6) yield padding.subarray(at, at + 1e6);
    }
    console.log(JSON.stringify({ stream: await told(decode(stream())) }));
  `;
  expect(run(script).stream).toEqual(['ERR_AUDIO_SPOOL', 'server', 'EACCES', expect.stringContaining('may not write')]);
  const temporary = realpathSync(tmpdir());
  expect(run(script, `--allow-fs-write=${temporary}/*`).stream).toBeGreaterThan(0);
});

test('towers need threads, and read no model that may not be read', () => {
  const script = `
    const { AudioTower } = await import(${JSON.stringify(join(root, 'dist/tower/index.js'))});
    const load = (path, options) => told(AudioTower.load(path, { provider: 'cpu', ...options }).then(async (tower) => {
      const { tokens } = await tower.embed({ data: new Float32Array(16000), sampleRate: 16000 });
      await tower.close();
      return { frames: tokens[0] };
    }));
    console.log(JSON.stringify({
      open: await load(${JSON.stringify(join(open, 'tower'))}),
      shut: await load(${JSON.stringify(`${shut}/tower`)}),
    }));
  `;
  expect(run(script).open).toContain('ERR_PROVIDER_UNAVAILABLE');
  const { open: tokens, shut: failure } = run(script, '--allow-worker');
  expect(tokens).toBe(25);
  expect(failure).toContain('ERR_MODEL_INVALID');
});
