import { afterEach, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { AudioDecoder, type DecodeOptions, decode, encode, split, windows } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { toneWav } from './sounds.js';

const source = toneWav(1);
const inherited = <Options extends object>(options: Options): Options => Object.create(options) as Options;

/** As an application's configuration has it. */
class Settings {
  readonly #rate: number;
  constructor(rate: number) {
    this.#rate = rate;
  }
  get sampleRate(): number {
    return this.#rate;
  }
  get channels(): 2 {
    return 2;
  }
  describe(): string {
    return `${this.#rate} Hz`;
  }
}

test('options on a prototype and getters of a class are read', async () => {
  for (const options of [inherited({ sampleRate: 8000, channels: 2 } as const), new Settings(8000)]) {
    expect(await decode(source, options)).toMatchObject({ sampleRate: 8000, channels: 2 });
    expect(await new AudioDecoder(options).decode(source)).toMatchObject({ sampleRate: 8000, channels: 2 });
    const loader = new AudioLoader(options);
    expect(await loader.load(source)).toMatchObject({ sampleRate: 8000, channels: 2 });
    await loader.close();
    const [outcome] = await new AudioDecoder().decodeAll([source], options);
    expect(outcome).toMatchObject({ value: { sampleRate: 8000, channels: 2 } });
    for await (const chunk of new AudioDecoder().stream(source, options))
      expect(chunk).toMatchObject({ sampleRate: 8000, channels: 2 });
  }
});

test('so are those of every floor, one level down too', async () => {
  const audio = await decode(source, { sampleRate: 16_000 });
  expect(await encode(audio, inherited({ format: 'flac', bitDepth: 24 } as const))).toBeInstanceOf(Uint8Array);
  expect([...windows(audio, inherited({ frames: 1000 }))].length).toBe(Math.ceil(audio.frames / 1000));
  expect([...split(audio, inherited({ maxSeconds: 0.2, searchSeconds: 0.11 }))].length).toBeGreaterThan(1);
  expect(FeatureExtractor.whisper(inherited({ mels: 80 } as const)).spec.mels).toBe(80);
  expect(new AudioDecoder({ limits: inherited({ seconds: 3 }) }).limits.seconds).toBe(3);
  const raw = inherited({ codec: 'pcm_s16le', sampleRate: 16_000, channels: 1 } as const);
  expect((await decode(new Uint8Array(3200), { raw })).frames).toBe(1600);
  const loader = new AudioLoader({ limits: inherited({ seconds: 0.001 }), cache: inherited({ maxBytes: 0 }) });
  await expect(loader.load(source)).rejects.toMatchObject({ limit: 'seconds' });
  await loader.close();
});

test('an unknown option on a prototype is refused as an own one is', () => {
  expect(() => decode(source, inherited({ samplerate: 8000 }) as DecodeOptions)).toThrow(
    /options\.samplerate is not an option/,
  );
});

test('an own option hides that of the prototype; undefined asks for the default', async () => {
  const options = Object.assign(inherited({ sampleRate: 8000, channels: 2 } as const), { sampleRate: 4000 });
  expect(await decode(source, options)).toMatchObject({ sampleRate: 4000, channels: 2 });
  const reset = Object.assign(inherited({ channels: 2 } as const), { channels: undefined });
  expect(await decode(source, reset)).toMatchObject({ channels: 1 });
});

afterEach(() => {
  delete (Object.prototype as { allowedRoot?: unknown }).allowedRoot;
});

test('what is put on Object.prototype opens nothing', async () => {
  Object.assign(Object.prototype, { allowedRoot: '/' });
  const loader = new AudioLoader();
  await expect(loader.load('/etc/hostname')).rejects.toMatchObject({ code: 'ERR_FETCH_REFUSED', reason: 'root' });
  await loader.close();
});
