import type { Browser } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { colours, done, facts, noBrowser, open, serving, text, visit } from './browser.js';

describe.skipIf(noBrowser)(`recording in the page${noBrowser ? `: skipped, ${noBrowser}` : ''}`, () => {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());

  test('what the microphone hears is shown: the beeps of a device that Chromium plays itself', async () => {
    browser = await open(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
    const page = await visit(browser, (await serving()).url);
    await page.click('#record');
    await page.locator('#record', { hasText: 'Stop (0:02)' }).waitFor();
    await page.click('#record');
    await done(page);
    expect(await text(page, 'h2#name')).toBe('recording.webm');
    const { Format, Duration } = await facts(page, '#facts');
    expect(Format).toBe('opus in matroska');
    expect(Number.parseFloat(Duration as string)).toBeGreaterThan(1);
    expect(await colours(page, '#spectrogram')).toBeGreaterThan(100);
    expect(await text(page, '#record')).toBe('Record');
    const label = await page.locator('#waveform canvas').getAttribute('aria-label');
    expect(label).toMatch(/peak −\d+\.\d dB/);
  });

  test('a microphone that is not there, or not allowed, is an error with a remedy', async () => {
    await browser?.close();
    browser = await open();
    const page = await visit(browser, (await serving()).url);
    await page.click('#record');
    await page.locator('#problem').waitFor();
    expect(await text(page, '#problem-code')).toMatch(/^NotAllowedError|NotFoundError$/);
    expect(await text(page, '#problem-remedy')).toContain('settings of the browser');
    expect(await text(page, '#record')).toBe('Record');
  });
});
