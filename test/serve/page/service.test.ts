import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EncodeWorker } from '../../../dist/worker/index.js';
import { done, expectedComplaints, fixture, noBrowser, open, serving, smallWorker, text, visit } from './browser.js';

const mp3 = fixture('speech/speech.mp3');

describe.skipIf(noBrowser)(`the page and its service${noBrowser ? `: skipped, ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await open();
  });
  afterAll(() => browser?.close());

  test('a key is asked for, is taken when it is right, and is kept nowhere', async () => {
    const apiKeys = ['the-right-key'];
    const page = await visit(browser, (await serving({ apiKeys })).url);
    await page.locator('#key').waitFor();
    expect(await text(page, '#service')).toBe('Asks for a key');
    await page.setInputFiles('#file', mp3);
    await page.fill('#key-text', 'a-wrong-key');
    await page.click('#key button');
    await page.locator('#key-refused').waitFor();
    expect(await page.locator('#key-text').inputValue()).toBe('');
    await page.fill('#key-text', 'the-right-key');
    await page.keyboard.press('Enter');
    // The file that was refused goes on.
    await done(page);
    expect(await text(page, '#service')).toBe('Ready');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-kind="wav"]')]);
    expect(download.suggestedFilename()).toBe('speech.wav');
    expect(page.url()).not.toContain('key');
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    expect(kept).toEqual([0, 0, '']);
  });

  test('a service that is away: the page says so, and goes on when it is back', async () => {
    const first = await serving();
    const page = await visit(browser, first.url);
    await page.locator('#service', { hasText: 'Ready' }).waitFor();
    await first[Symbol.asyncDispose]();
    await page.setInputFiles('#file', mp3);
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-message')).toBe('The service does not answer.');
    expect(await text(page, '#service')).toBe('No answer');
    await serving({ port: Number(new URL(first.url).port) });
    await page.click('#again');
    // The button is gone, and the focus is not.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('stage');
    await done(page);
    expect(await text(page, '#service')).toBe('Ready');
  });

  test('a full service: the page says when to try again', async () => {
    // Nobody may wait, and one request is held.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { url } = await serving({
      limits: { concurrency: 1, queue: 0 },
      async host(app) {
        app.addHook('onSend', async (request) => {
          if (request.headers['x-hold']) await held;
        });
      },
    });
    const headers = { 'content-type': 'audio/mpeg', 'x-hold': 'yes' };
    const other = fetch(`${url}/v1/audio/decode`, { method: 'POST', body: readFileSync(mp3), headers });
    const page = await visit(browser, url);
    await page.setInputFiles('#file', mp3);
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-code')).toBe('ERR_BUSY');
    expect(await text(page, '#problem-remedy')).toMatch(/Try again in \d+ s\.$/);
    release();
    await other;
    await page.click('#again');
    await done(page);
  });

  test('a model that loads: the page says so, and then its name', async () => {
    let arrive: (worker: EncodeWorker) => void = () => {};
    const worker = new Promise<EncodeWorker>((resolve) => {
      arrive = resolve;
    });
    const page = await visit(browser, (await serving({ worker: () => worker })).url);
    await page.locator('#service', { hasText: 'The model is loading…' }).waitFor();
    const small = await smallWorker();
    arrive(small);
    await page.locator('#service', { hasText: `Ready · ${small.model.slice(0, 8)}` }).waitFor();
  });

  test('without a model nothing asks for embeddings', async () => {
    const page = await visit(browser, (await serving()).url);
    await page.locator('#service', { hasText: 'Ready' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.setInputFiles('#file', mp3);
    await done(page);
    expect(asked.filter((path) => path.startsWith('/v1/'))).toEqual([
      '/v1/models',
      '/v1/audio/decode',
      '/v1/audio/features',
    ]);
    expect(await page.locator('#embeddings').isVisible()).toBe(false);
    expect(await page.locator('[data-kind="embeddings"]').isVisible()).toBe(false);
  });

  test('below a prefix, with and without the slash', async () => {
    const { url } = await serving({ prefix: '/audio' });
    const page = await visit(browser, `${url}?from=there`);
    expect(page.url()).toBe(`${url}/`);
    await page.setInputFiles('#file', mp3);
    await done(page);
    const api = page.locator('nav a');
    expect(await api.evaluate((link: HTMLAnchorElement) => link.href)).toBe(`${url}/docs`);
  });

  test('without a page of the API nothing leads to it', async () => {
    const page = await visit(browser, (await serving({ docs: false })).url);
    await page.locator('#service', { hasText: 'Ready' }).waitFor();
    expect(await page.locator('a').count()).toBe(0);
  });

  test('the policy holds: a script in the page, a style, and a request to others are refused', async () => {
    const page = await visit(browser, (await serving()).url);
    await page.locator('#service', { hasText: 'Ready' }).waitFor();
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<p style="color: red">red</p>');
      await fetch('http://127.0.0.1:9/').catch(() => {});
      return 'ran' in globalThis;
    });
    expect(ran).toBe(false);
    const policies: (string | undefined)[] = [];
    const refused = ['script-src-elem', 'style-src-attr', 'connect-src'];
    await expect
      .poll(() => {
        const seen = expectedComplaints().filter((each) => each.startsWith('policy:'));
        policies.push(...seen.map((each) => each.split(' ')[1]));
        return policies;
      })
      .toEqual(refused);
  });
});
