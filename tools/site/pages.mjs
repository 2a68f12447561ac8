// Gathers the site's pages into build/site-pages: docs/, the changelog, and a front page made of the README. They stay
// plain Markdown, for GitHub and for the package; only links change, since the pages lie elsewhere on the site.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const pages = join(root, 'build/site-pages');
const read = (path) => readFileSync(join(root, path), 'utf8');

const { repository } = JSON.parse(read('package.json'));
export const repositoryUrl = repository.url.replace(/^git\+|\.git$/g, '');

/** Where each file of the repository stands on the site. What is not here is linked to in the repository. */
function placesOnSite() {
  const places = { 'README.md': 'index.md', 'CHANGELOG.md': 'changelog.md' };
  for (const name of readdirSync(join(root, 'docs'), { recursive: true })) {
    if (/\.(md|svg|png)$/.test(name)) places[posix.join('docs', name)] = name;
  }
  return places;
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
      text: tagline,
      actions: [
        { theme: 'brand', text: 'Guide', link: '/guide/decoding' },
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

/** The pages of a folder of the site as entries of a sidebar, those named first in that order, the others after them. */
export function sidebarOf(folder, first = []) {
  const rank = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
  return readdirSync(join(pages, folder))
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .map((file) => basename(file, '.md'))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => {
      const title = readFileSync(join(pages, folder, `${name}.md`), 'utf8').match(/^# (.+)$/m)?.[1] ?? name;
      return { text: title, link: posix.join('/', folder, name) };
    });
}
