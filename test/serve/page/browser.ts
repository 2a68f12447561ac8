import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterEach, expect, onTestFinished } from 'vitest';
import { AudioLoader } from '../../../dist/load/index.js';
import { AudioTower } from '../../../dist/tower/index.js';
import { InlineSender } from '../../../dist/transfer/index.js';
import { EncodeWorker } from '../../../dist/worker/index.js';
import { browserPath, openBrowser } from '../../../tools/browser.mjs';
import { slowness } from '../../safe/outcome.js';
import { fixtures, towerFolder } from '../../tower/reference.js';
import { type Service, type ServiceOptions, service } from '../service.js';

const patience = 3000 * slowness;

/**
 * Why the tests of the page are skipped: there is no browser, and nothing that tools/setup.sh could install one with.
 * Elsewhere they fail without one.
 */
export const noBrowser =
  browserPath() === undefined && !existsSync('/usr/bin/dpkg-query') && !process.env.CI
    ? 'no Chromium is on the PATH'
    : undefined;

export const open = (args: readonly string[] = []): Promise<Browser> =>
  openBrowser({ args: [...args], timeout: patience });

export const fixture = (name: string): string => join(fixtures, name);

/** What decoders that are not Cochlea say of a fixture. */
export function known(name: string): { frames16k: number; sampleRate: number; peak16k: number } {
  const { files } = JSON.parse(readFileSync(fixture('manifest.json'), 'utf8'));
  return files.find(({ file }: { file: string }) => file === name);
}

/** A worker with a small tower. */
export async function smallWorker(loader = new AudioLoader()): Promise<EncodeWorker> {
  const tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  return new EncodeWorker({ loader, tower, transfer: new InlineSender() });
}

/** A service on loopback until the test is over. */
export async function serving(options: ServiceOptions = {}): Promise<Service> {
  const started = await service({ load: { maxSeconds: 700 }, ...options });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** What pages complained about in a test: scripts that fail, broken rules of the policy, requests to others. */
let complaints: string[] = [];

/** The complaints so far, which are then no fault of the page. */
export function expectedComplaints(): string[] {
  const seen = complaints;
  complaints = [];
  return seen;
}

afterEach(() => {
  expect(expectedComplaints()).toEqual([]);
});

/** A page of its own: nothing is left from others. */
export async function visit(browser: Browser, url: string, options: object = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`policy: ${violatedDirective} forbids ${blockedURI}`);
    });
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // An answer with an error, or none, is in the console too; tests say which they expect.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  const own = ['blob:', 'data:', `${new URL(url).origin}/`];
  page.on('request', (request) => {
    if (!own.some((start) => request.url().startsWith(start))) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Waits until a file is shown whole. */
export async function done(page: Page): Promise<string> {
  const stage = page.locator('#stage', { hasText: /^Done/ });
  await stage.or(page.locator('#problem:visible')).waitFor();
  expect(await page.locator('#problem:visible').allTextContents()).toEqual([]);
  return text(page, '#stage');
}

export async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}

/** The facts of a list of terms. */
export async function facts(page: Page, list: string): Promise<Record<string, string>> {
  const pairs = await page
    .locator(`${list} > div`)
    .evaluateAll((all) => all.map((each) => [...each.children].map(({ textContent }) => textContent)));
  return Object.fromEntries(pairs);
}

/** How many colours a picture has. */
export async function colours(page: Page, figure: string): Promise<number> {
  return page.locator(`${figure} canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** What is read where the pointer is: from 0 to 1, from the lower left. */
export async function reading(page: Page, figure: string, x: number, y: number): Promise<string> {
  const canvas = page.locator(`${figure} canvas`);
  const { width, height } = (await canvas.boundingBox()) as { width: number; height: number };
  await canvas.hover({ position: { x: x * width, y: (1 - y) * height } });
  return text(page, `${figure} .reading`);
}

/** Files as an upload has them. */
export interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Drops a file onto the page, as a file manager does. */
export async function drop(page: Page, { name, mimeType, buffer }: Upload): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([base64, fileName, type]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
      transfer.items.add(new File([bytes], fileName, { type }));
      return transfer;
    },
    [buffer.toString('base64'), name, mimeType] as const,
  );
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('main', type, { dataTransfer });
}
