import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EncodeWorker } from '../../../dist/worker/index.js';
import { floatWav, silentWav } from '../../safe/sounds.js';
import {
  colours,
  done,
  drop,
  facts,
  fixture,
  known,
  noBrowser,
  open,
  reading,
  serving,
  smallWorker,
  text,
  visit,
} from './browser.js';

const flac = fixture('speech/speech.flac');
const upload = (name: string, bytes: Uint8Array, mimeType = 'audio/wav') => ({
  name,
  mimeType,
  buffer: Buffer.from(bytes),
});

describe.skipIf(noBrowser)(`files in the page${noBrowser ? `: skipped, ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  let worker: EncodeWorker;
  beforeAll(async () => {
    [browser, worker] = await Promise.all([open(), smallWorker()]);
  });
  afterAll(() => browser?.close());

  async function choose(file: string | ReturnType<typeof upload>, url?: string): Promise<Page> {
    const page = await visit(browser, url ?? (await serving({ worker: () => worker })).url);
    await page.setInputFiles('#file', file);
    return page;
  }

  test('a chosen file: its facts, three pictures, its tokens, and the time of each stage', async () => {
    const page = await choose(flac);
    expect(await done(page)).toMatch(/^Done: 2\.88 s of audio in [\d.]+ s\.$/);
    const { frames16k, sampleRate, peak16k } = known('speech/speech.flac');
    expect(await facts(page, '#facts')).toEqual({
      Duration: `${(frames16k / 16_000).toFixed(2)} s`,
      Format: 'flac',
      Source: `${sampleRate / 1000} kHz, mono`,
      Decoded: '46 095 samples at 16 kHz',
      Size: '70.0 kB',
    });
    const peak = (20 * Math.log10(peak16k)).toFixed(1).replace('-', '−');
    const label = await page.locator('#waveform canvas').getAttribute('aria-label');
    expect(label).toBe(`Waveform of 2.88 s, peak ${peak} dB of full scale`);
    // Ink on nothing; 256 colours, which are mixed where the picture is scaled.
    expect(await colours(page, '#waveform')).toBeGreaterThanOrEqual(2);
    expect(await colours(page, '#spectrogram')).toBeGreaterThan(100);
    expect(await colours(page, '#mel')).toBeGreaterThan(100);
    // transformers: 72 tokens for as many samples, as test/tower has it.
    expect(await facts(page, '#embeddings-facts')).toMatchObject({ Tokens: '72', Shape: '[72, 48]', Type: 'float32' });
    const stages = await page
      .locator('#timings tbody tr')
      .evaluateAll((rows) => rows.map((row) => row.children[1]?.textContent));
    expect(stages).toEqual(['load', 'encode', 'load', 'features', 'load', 'embed', 'transfer']);
    expect(await text(page, '#mel-shape')).toBe('[1, 128, 288], float32');
  });

  test('a dropped file is shown as a chosen one, whatever its name and type', async () => {
    const page = await visit(browser, (await serving()).url);
    const name = '<img src=x onerror=alert(1)>&amp;.mp3';
    await drop(page, upload(name, readFileSync(fixture('speech/speech.mp3')), 'text/html'));
    await done(page);
    expect(await text(page, 'h2#name')).toBe(name);
    expect(await page.locator('img').count()).toBe(0);
    expect(await facts(page, '#facts')).toMatchObject({ Format: 'mp3', Decoded: /46 \d{3} samples at 16 kHz/ });
  });

  test('a tone of 1 kHz at full scale is at 1 kHz with 0 dB, and nowhere else', async () => {
    const tone = Array.from({ length: 16_000 }, (_, i) => Math.sin((2 * Math.PI * i) / 16));
    const page = await choose(upload('tone.wav', floatWav(tone)));
    await done(page);
    expect(await reading(page, '#spectrogram', 0.5, 1 / 8)).toMatch(/^0\.50 s · (99\d|1) k?Hz · −?0\.\d dB$/);
    expect(await reading(page, '#spectrogram', 0.5, 0.5)).toMatch(/· (−[89]\d\.\d|−1[01]\d\.\d|below −120) dB$/);
    expect(await reading(page, '#waveform', 0.5, 0.5)).toBe('0.50 s · peak 0.0 dB');
    // Slaney's scale: 1 kHz is mel 15 of 45.2.
    expect(await reading(page, '#mel', 0.5, 15 / 45.25)).toMatch(/frame 50 · mel 4[12] \((9\d\d|1\.0\d?|1) k?Hz\)/);
  });

  test('silence is black, and not the loudest that there is', async () => {
    const page = await choose(upload('silence.wav', silentWav(1)));
    await done(page);
    for (const figure of ['#spectrogram', '#mel']) {
      const pixel = await page.locator(`${figure} canvas`).evaluate((canvas: HTMLCanvasElement) => {
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        return [...context.getImageData(200, 50, 1, 1).data];
      });
      expect(pixel).toEqual([0, 0, 4, 255]);
    }
  });

  test('what is longer than a model takes says so', async () => {
    const page = await choose(upload('long.wav', silentWav(31)));
    expect(await done(page)).toContain('Features and embeddings are of the first 30 s.');
    expect(await text(page, '#mel-shape')).toBe('[1, 128, 3000], float32');
  });

  test('damage is told', async () => {
    const half = readFileSync(flac).subarray(0, 40_000);
    const page = await choose(upload('half.flac', half, 'audio/flac'));
    await done(page);
    expect(await text(page, '#warnings')).toContain('the audio ends before the end that it states');
  });

  test('audio plays: as it is, or as Cochlea decoded it where the browser does not know the format', async () => {
    const page = await choose(flac);
    await done(page);
    const length = () => page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.duration);
    expect(await length()).toBeCloseTo(46_095 / 16_000, 2);
    expect(await page.locator('#player-note').isVisible()).toBe(false);
    await page.locator('#waveform canvas').click({ position: { x: 400, y: 20 } });
    expect(await page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.currentTime)).toBeGreaterThan(1);

    await page.setInputFiles('#file', fixture('formats/ape-normal.ape'));
    await page.locator('#player-note').waitFor();
    await done(page);
    await expect.poll(length).toBeCloseTo(known('formats/ape-normal.ape').frames16k / 16_000, 3);
  });

  test('downloads are what the service gives', async () => {
    const { url } = await serving({ worker: () => worker });
    const page = await choose(flac, url);
    await done(page);
    for (const [kind, name, address] of [
      ['wav', 'speech.wav', 'v1/audio/decode?response_format=wav&sample_rate=16000'],
      ['flac', 'speech.flac', 'v1/audio/decode?response_format=flac&sample_rate=16000'],
      ['npy', 'speech.npy', 'v1/audio/features?response_format=npy&padding=longest'],
      ['safetensors', 'speech.safetensors', 'v1/audio/features?padding=longest'],
      ['embeddings', 'speech.embeddings.safetensors', 'v1/audio/embeddings'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`[data-kind="${kind}"]`)]);
      expect(download.suggestedFilename()).toBe(name);
      const body = new FormData();
      body.append('file', new Blob([readFileSync(flac)]));
      const headers = { accept: 'application/vnd.safetensors' };
      const answer = await fetch(`${url}/${address}`, { method: 'POST', body, headers });
      const [saved, given] = [readFileSync(await download.path()), Buffer.from(await answer.arrayBuffer())];
      expect(saved.equals(given), name).toBe(true);
      await page.locator('#stage', { hasText: `${name}: ` }).waitFor();
    }
  });

  test('a second file ends the first: its request is broken off, and nothing of it is shown later', async () => {
    let broken = () => {};
    const isBroken = new Promise<void>((resolve) => {
      broken = resolve;
    });
    let held = false;
    const { url } = await serving({
      async host(app) {
        app.addHook('onRequest', async (request) => {
          if (held || !request.url.includes('decode')) return;
          held = true;
          request.raw.socket.once('close', broken);
          await isBroken;
        });
      },
    });
    const page = await choose(fixture('speech/speech.mp3'), url);
    await page.locator('#stage', { hasText: 'Decoding speech.mp3…' }).waitFor();
    await page.setInputFiles('#file', flac);
    await isBroken;
    await done(page);
    expect(await text(page, 'h2#name')).toBe('speech.flac');
    expect(await facts(page, '#facts')).toMatchObject({ Format: 'flac' });
    expect(await page.locator('#timings tbody tr').count()).toBe(4);
  });

  test.each([
    ['a text', 'notes.txt', Buffer.from('no audio at all'), ''],
    ['a video without sound', 'video-only.mp4', readFileSync(fixture('formats/video-only.mp4')), 'video/mp4'],
  ])('%s: code, message and remedy are those of the service', async (_, name, bytes, type) => {
    const { url } = await serving();
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await fetch(`${url}/v1/audio/decode`, { method: 'POST', body: bytes, headers });
    const { error } = await answer.json();
    expect(error.code).toMatch(/^ERR_AUDIO_/);
    const page = await choose(upload(name, bytes, type), url);
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-code')).toBe(error.code);
    expect((await text(page, '#problem-message')).toLowerCase()).toBe(`${error.message}.`.toLowerCase());
    expect(await text(page, '#problem-remedy')).toBe(error.remedy);
    // The same file would fail again.
    expect(await page.locator('#again').isVisible()).toBe(false);
    expect(await page.locator('#result').isVisible()).toBe(false);
  });

  test('a file that is too large: the service says so before it has come', async () => {
    const { url } = await serving({ limits: { bodyBytes: 1_000_000 } });
    const page = await choose(upload('large.wav', silentWav(600)), url);
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-code')).toBe('ERR_AUDIO_LIMIT');
    expect(await text(page, '#problem-message')).toBe('The body has more than 1000000 bytes.');
  });

  test('audio too short for a token: features are there to download, and the error says why there are no more', async () => {
    const page = await choose(upload('short.wav', silentWav(161 / 16_000)));
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-code')).toBe('ERR_AUDIO_TOO_SHORT');
    expect(await page.locator('[data-kind="npy"]').isVisible()).toBe(true);
    expect(await page.locator('[data-kind="embeddings"]').isVisible()).toBe(false);
  });
});
