// Opens the built site in a headless Chromium, served from this machine: `npm run docs:check`.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, posix } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../browser.mjs';

const site = fileURLToPath(new URL('../../build/site', import.meta.url));
const patience = 30_000 * Number(process.env.COCHLEA_SLOWNESS ?? 1);

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The file of a path, as static hosts find it; undefined for none. */
function fileOf(path) {
  const file = posix.normalize(decodeURIComponent(path));
  return [file, `${file}index.html`, `${file}.html`]
    .map((name) => join(site, name))
    .find((name) => existsSync(name) && statSync(name).isFile());
}

const server = createServer((request, response) => {
  const file = fileOf(new URL(request.url, 'http://localhost').pathname);
  response.writeHead(file ? 200 : 404, { 'content-type': types[extname(file ?? '')] ?? 'text/plain' });
  response.end(file && readFileSync(file));
});

let browser;
let page;
let address;
/** What the pages complained about: scripts that fail, files that are missing. */
const complaints = [];

before(async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser({ timeout: patience });
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(patience);
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico'))
      complaints.push(`${response.status()} ${response.url()}`);
  });
});

after(async () => {
  await browser?.close();
  server.close();
});

test('the front page has the title and the first sentence of the README', async () => {
  await page.goto(address);
  assert.match(await page.title(), /Cochlea/);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const start = readme.match(/^# .+\n+(\w+ \w+)/)[1];
  const banner = await page.locator('.VPHero').textContent();
  assert.ok(banner.includes('Cochlea') && banner.includes(start), banner);
});

test('the front page is not blank: a screenshot has more than a few colours', async () => {
  const picture = (await page.screenshot()).toString('base64');
  const { width, height, colours } = await page.evaluate(coloursOf, picture);
  assert.deepEqual({ width, height }, { width: 1280, height: 900 });
  assert.ok(colours > 20, `${colours} colours`);
});

/** Runs in the page: how many colours a PNG has. */
async function coloursOf(base64) {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return { width: image.width, height: image.height, colours: new Set(new Uint32Array(data.buffer)).size };
}

test('the search finds "resample" and leads to a page that has it', async () => {
  await page.goto(address);
  await page.locator('.DocSearch-Button').click();
  await page.locator('.VPLocalSearchBox input').fill('resample');
  const first = page.locator('.VPLocalSearchBox .result').first();
  await first.waitFor();
  await first.click();
  await page.locator('.vp-doc').waitFor();
  assert.match(await page.locator('.vp-doc').textContent(), /resampl/i);
});

test('the API page of decode shows its options and leads to each', async () => {
  await page.goto(`${address}/api/cochlea/functions/decode`);
  assert.match(await page.locator('h1').textContent(), /decode/);
  for (const name of ['sampleRate', 'downmix', 'timeout', 'signal']) {
    const row = page.locator('.vp-doc tr', { has: page.locator('code', { hasText: new RegExp(`^${name}\\?$`) }) });
    assert.equal(await row.count(), 1, name);
  }
  await page.locator('.vp-doc td').getByRole('link', { name: 'downmix' }).click();
  await page.waitForURL('**/DecodeOptions*#downmix');
  // The address changes before the page is drawn.
  await page.locator('h3#downmix').waitFor();
});

test('the table of formats has a row for each codec', async () => {
  await page.goto(`${address}/formats`);
  const { codecs } = JSON.parse(readFileSync(new URL('../../native/formats.json', import.meta.url), 'utf8'));
  const rows = await page.locator('#codecs ~ table').first().locator('tbody tr').count();
  assert.equal(rows, codecs.length);
});

test('no page lacked a file or had a script that failed', () => {
  assert.deepEqual(complaints, []);
});

test('every link inside the site leads to a page, and every anchor to a heading', () => {
  const html = readdirSync(site, { recursive: true }).filter((name) => name.endsWith('.html'));
  const texts = new Map(html.map((name) => [name, readFileSync(join(site, name), 'utf8')]));
  assert.ok(html.length > 100, `${html.length} pages`);
  const dead = [...texts].flatMap(([name, text]) =>
    [...text.matchAll(/ href="(?!https?:|mailto:)([^"]+)"/g)]
      .map(([, link]) => new URL(link.replaceAll('&amp;', '&'), `http://site/${name}`))
      .filter(({ pathname, hash }) => !leads(pathname, hash, texts))
      .map(({ pathname, hash }) => `${name}: ${pathname}${hash}`),
  );
  assert.deepEqual([...new Set(dead)], []);
});

function leads(pathname, hash, texts) {
  const file = fileOf(pathname);
  if (!file || hash.length < 2) return file !== undefined;
  const id = decodeURIComponent(hash.slice(1));
  return texts.get(file.slice(site.length + 1))?.includes(` id="${id}"`) ?? false;
}
