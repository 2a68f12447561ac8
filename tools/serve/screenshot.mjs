#!/usr/bin/env node
/**
 * Makes docs/serve-page.webp: the page of `cochlea serve` with a clip, by a headless Chromium. Needs the built package.
 *
 *   node tools/serve/screenshot.mjs [FILE [PICTURE]]
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { AudioLoader } from '../../dist/load/index.js';
import { cochleaServe } from '../../dist/serve/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { openBrowser } from '../browser.mjs';

const inProject = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const [file = inProject('test/fixtures/speech/speech.mp3'), picture = inProject('docs/serve-page.webp')] =
  process.argv.slice(2);
/** Of the repository's pictures: whoever clones it fetches them all. */
const mostBytes = 200_000;
const patience = 60_000;

const loader = new AudioLoader();
const tower = await AudioTower.load(inProject('test/fixtures/towers/qwen2-audio'), { provider: 'cpu' });
const worker = new EncodeWorker({ loader, tower, model: 'qwen2-audio', transfer: new InlineSender() });
const app = fastify({ forceCloseConnections: true });
const browser = await openBrowser({ timeout: patience });
try {
  await app.register(cochleaServe, { loader, worker });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  await page.goto(address);
  await page.setInputFiles('#file', file);
  await page.locator('#stage', { hasText: /^Done/ }).waitFor({ timeout: patience });
  // Playwright itself writes PNG and JPEG: 600 kB, or letters with shadows.
  const session = await page.context().newCDPSession(page);
  const options = { format: 'webp', quality: 90, captureBeyondViewport: true };
  const { data } = await session.send('Page.captureScreenshot', { ...options, clip: await wholePage(page) });
  save(Buffer.from(data, 'base64'));
} finally {
  await browser.close();
  await app.close();
  await Promise.all([tower, loader].map((each) => each.close()));
}

async function wholePage(page) {
  const [width, height] = await page.evaluate(() => [document.body.offsetWidth, document.body.offsetHeight]);
  return { x: 0, y: 0, width, height, scale: 1 };
}

function save(bytes) {
  if (bytes.length > mostBytes) throw new Error(`the picture has ${bytes.length} bytes: at most ${mostBytes}`);
  writeFileSync(picture, bytes);
  console.log(`${picture}: ${bytes.length} bytes`);
}
