// Gathers the site's pages into build/site-pages: docs/, the changelog, and a front page made of the README. They stay
// plain Markdown, for GitHub and for the package; only links change, since the pages lie elsewhere on the site.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const pages = join(root, 'build/site-pages');
const read = (path) => readFileSync(join(root, path), 'utf8');

const manifest = JSON.parse(read('package.json'));
export const { description } = manifest;
export const repositoryUrl = manifest.repository.url.replace(/^git\+|\.git$/g, '');

/** The list of all pages, by section; the sidebar follows it. */
const contents = 'docs/README.md';

/** Where each file of the repository stands on the site. What is not here is linked to in the repository. */
function placesOnSite() {
  const places = {};
  for (const name of readdirSync(join(root, 'docs'), { recursive: true })) {
    if (/\.(md|svg|png|webp)$/.test(name)) places[posix.join('docs', name)] = name;
  }
  return { ...places, 'README.md': 'index.md', [contents]: 'guide/index.md', 'CHANGELOG.md': 'changelog.md' };
}

/** The same link, from the page's place on the site. Throws where it leads nowhere. */
function moved(link, from, places) {
  if (/^([a-z]+:|#|\/)/i.test(link)) return link;
  const [path, anchor = ''] = link.split(/(?=#)/);
  const target = posix.join(dirname(from), path);
  const place = places[target];
  if (place) return `${posix.relative(dirname(places[from]), place).replace(/^(?!\.)/, './')}${anchor}`;
  if (!existsSync(join(root, target))) throw new Error(`${from}: dead link to ${link}`);
  const kind = statSync(join(root, target)).isDirectory() ? 'tree' : 'blob';
  return `${repositoryUrl}/${kind}/main/${target.replace(/\/$/, '')}${anchor}`;
}

/** A page's text with its links moved; code blocks stay as they are. */
function withMovedLinks(text, from, places) {
  const parts = text.split(/(^```[\s\S]*?^```$)/m);
  const link = /(\]\()([^()\s]+)(?=\))/g;
  return parts
    .map((part, i) => (i % 2 ? part : part.replace(link, (_, start, to) => start + moved(to, from, places))))
    .join('');
}

/** The README as a front page: its title and first sentence are the banner, the rest follows. */
function frontPage(readme) {
  const [, name, sentence, rest] = readme.match(/^# (.+)\n+([^#]+?[.!])(?=\s)([\s\S]*)$/) ?? [];
  if (!rest) throw new Error('README.md does not begin with a title and a sentence');
  const tagline = sentence.replace(/\[([^\]]*)\]\([^)]*\)|[`*]/g, '$1').replace(/\s+/g, ' ');
  const front = {
    layout: 'home',
    title: name,
    titleTemplate: false,
    hero: {
      name,
      tagline,
      actions: [
        { theme: 'brand', text: 'Guide', link: '/guide/' },
        { theme: 'alt', text: 'API', link: '/api/' },
        { theme: 'alt', text: 'Formats', link: '/formats' },
      ],
    },
  };
  // JSON is YAML, too.
  return `---\n${JSON.stringify(front)}\n---\n\n${rest.trimStart()}`;
}

export function gatherPages() {
  const places = placesOnSite();
  for (const [from, place] of Object.entries(places)) {
    const to = join(pages, place);
    mkdirSync(dirname(to), { recursive: true });
    if (!from.endsWith('.md')) {
      cpSync(join(root, from), to);
      continue;
    }
    const text = withMovedLinks(read(from), from, places);
    writeFileSync(to, from === 'README.md' ? frontPage(text) : text);
  }
}

/** The sections of docs/README.md with the pages that they list. Throws where it misses one. */
export function guideSidebar() {
  const places = placesOnSite();
  const listed = new Set([contents, 'README.md', 'CHANGELOG.md']);
  const items = (section) =>
    [...section.matchAll(/^\| \[(.+?)\]\((.+?\.md)\)/gm)].map(([, text, link]) => {
      const path = posix.join(dirname(contents), link);
      listed.add(path);
      return { text, link: `/${places[path].replace(/\.md$/, '')}` };
    });
  const sections = read(contents)
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ text: section.match(/.+/)[0], items: items(section) }));
  const missing = Object.keys(places).filter((path) => path.endsWith('.md') && !listed.has(path));
  if (missing.length > 0) throw new Error(`${contents} does not list ${missing.join(', ')}`);
  return sections;
}
