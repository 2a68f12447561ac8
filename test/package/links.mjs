#!/usr/bin/env node
// Follows the links between the pages of a package: node test/package/links.mjs FOLDER
// What a page links to must be in the package, and have the heading that is named.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = process.argv[2];
if (root === undefined) {
  console.error('usage: links.mjs FOLDER');
  process.exit(2);
}

const pages = readdirSync(root, { recursive: true }).filter(
  (name) => name.endsWith('.md') && !name.split('/').includes('node_modules'),
);

/** As GitHub makes them: lower case, without punctuation, hyphens for spaces. */
const anchor = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
const prose = (page) => readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
const anchorsOf = (page) => [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading));

const broken = [];
let followed = 0;
for (const page of pages) {
  for (const [, target] of prose(join(root, page)).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z+]+:/.test(target)) continue;
    followed++;
    const [path, heading] = target.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    const isInside = !relative(root, file).startsWith('..');
    const isThere = isInside && existsSync(file);
    const hasHeading = isThere && (!heading || (statSync(file).isFile() && anchorsOf(file).includes(heading)));
    if (!hasHeading) broken.push(`${page}: ${target}`);
  }
}
for (const link of broken) console.error(`broken link in ${link}`);
console.log(`${followed} links in ${pages.length} pages, ${broken.length} broken`);
process.exitCode = broken.length > 0 || followed === 0 ? 1 : 0;
