import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { done, fixture, noBrowser, open, serving, smallWorker, visit } from './browser.js';

/** The checks of axe-core: names, roles, contrast, order of headings and so on. */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function problems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe.skipIf(noBrowser)(`the page for everybody${noBrowser ? `: skipped, ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await open();
  });
  afterAll(() => browser?.close());

  test.each(['light', 'dark'])(
    'axe finds nothing: empty, with a file, with an error, asking for a key, %s',
    async (colorScheme) => {
      const page = await visit(browser, (await serving({ worker: smallWorker })).url, { colorScheme });
      await page.locator('#service', { hasText: 'Ready' }).waitFor();
      expect(await problems(page)).toEqual([]);
      await page.setInputFiles('#file', fixture('speech/speech.mp3'));
      await done(page);
      expect(await problems(page)).toEqual([]);
      await page.setInputFiles('#file', fixture('speech/../manifest.json'));
      await page.locator('#problem').waitFor();
      expect(await problems(page)).toEqual([]);
      const locked = await visit(browser, (await serving({ apiKeys: ['some-key'] })).url, { colorScheme });
      await locked.locator('#key').waitFor();
      expect(await problems(locked)).toEqual([]);
    },
  );

  test('everything is reached by the keyboard, in the order of the page', async () => {
    const page = await visit(browser, (await serving()).url);
    await page.setInputFiles('#file', fixture('speech/speech.mp3'));
    await done(page);
    const reached: string[] = [];
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => {
          const { id, tagName, dataset } = document.activeElement as HTMLElement;
          return id || dataset.kind || tagName;
        }),
      );
    }
    const order = ['A', 'file', 'record', 'player', 'wav', 'flac', 'npy', 'safetensors'];
    // The player has several stops, which are all the player.
    expect(reached.filter((each, i) => order.includes(each) && each !== reached[i - 1]).slice(0, order.length)).toEqual(
      order,
    );
  });

  test('what happens is said in a live region, and an error in one that interrupts', async () => {
    const page = await visit(browser, (await serving()).url);
    expect(await page.locator('#stage').getAttribute('role')).toBe('status');
    await page.setInputFiles('#file', fixture('manifest.json'));
    await page.getByRole('alert').getByText('ERR_AUDIO_UNSUPPORTED_CONTAINER').waitFor();
  });

  test('on a phone nothing is wider than the screen', async () => {
    const page = await visit(browser, (await serving({ worker: smallWorker })).url, {
      viewport: { width: 320, height: 640 },
    });
    await page.setInputFiles('#file', fixture('speech/speech.mp3'));
    await done(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });
});
