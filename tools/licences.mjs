#!/usr/bin/env node
// NOTICE: what is linked into the addon, and the texts that its licences ask for, read from the archives that the build
// uses. With --check it only says whether the file is up to date; with --sources FOLDER it copies the archives there,
// for the sources that are published with a release.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archiveKeys, archiveOf, components, root, textsOf } from './components.mjs';

const notice = join(root, 'NOTICE');
const line = '='.repeat(80);
/** By their words, where they stand first. */
const seen = new Map();

/** The comment of a source file that grants something; of a file of licences, all of it. */
function grant({ file, until }, text) {
  if (!/\.(c|h|asm)$/.test(file)) return text.trim();
  const comments = file.endsWith('.asm')
    ? [text.slice(0, text.search(/^[^;]/m))]
    : [...text.matchAll(/\/\*([\s\S]*?)\*\//g)].map(([, comment]) => comment);
  const found = comments.find((comment) => /Permission|Redistribution and use|You may use/.test(comment));
  if (found === undefined) throw new Error(`${file} grants nothing`);
  const end = until === undefined ? found.length : found.indexOf(until);
  if (end < 0) throw new Error(`${file} does not say: ${until}`);
  return found
    .slice(0, end)
    .split('\n')
    .map((each) => each.replace(/^ ?[*;]+ ?|\*+$/g, '').trimEnd())
    .join('\n')
    .replace(/^\n+/, '')
    .trimEnd();
}

function section(component) {
  const { name, version, parts, homepage, licence, copyright, changed, note, archives, url, texts } = component;
  const facts = [
    `${name}${version === undefined ? '' : ` ${version}`} (${parts})`,
    copyright,
    `Licence: ${licence}`,
    homepage,
    ...(url === undefined
      ? []
      : [`Source: ${url}`, ...archives.map(({ archive, sha256 }) => `  ${archive}, SHA-256 ${sha256}`)]),
    ...(changed === undefined ? [] : [`Changed: ${changed}`]),
    ...(note === undefined ? [] : [note]),
  ];
  const contents = textsOf(component);
  if (contents === undefined) throw new MissingArchive(component);
  const bodies = texts.map((each, i) => {
    const body = grant(each, contents[i]);
    const words = body.replace(/\s+/g, ' ');
    const before = seen.get(words);
    seen.set(words, before ?? `${name}, ${each.file}`);
    return `--- ${each.file}\n\n${before === undefined ? body : `The same words as in ${before}, above.`}`;
  });
  return `${line}\n${facts.join('\n')}\n${line}\n\n${bodies.join('\n\n')}\n`;
}

class MissingArchive extends Error {
  constructor({ name, archives }) {
    super(`the archive of ${name} (${archives[0].archive}) is not here: build the addon once, or set COCHLEA_SOURCES`);
  }
}

const head = `Cochlea is licensed under the MIT License (see LICENSE).

The native addon holds the libraries below, linked statically; each with its licence. This file is made by
\`npm run licences\` from native/licences/components.json and the archives that the build uses.
docs/licences.md says in plain words what follows for products that contain Cochlea.

The prebuilt addons also hold parts of GCC's libstdc++, under the GNU General Public License, version 3 or later, with the
GCC Runtime Library Exception, which asks for nothing here.

HOW TO GET THE SOURCES, AND HOW TO EXCHANGE THE LIBRARIES

FFmpeg and libsoxr are under the GNU Lesser General Public License, and LAME is under its predecessor, the GNU Library
General Public License. Both give you the right to change the libraries and to use Cochlea with your version. This package holds all that is needed for it but their sources: the source of the addon
(native/), under the MIT License, and its build (CMakeLists.txt, native/cmake/, native/dependencies/). To exchange them:

  1. Get the archives named below, or those that are published with each release of Cochlea, into one folder.
  2. Put your change into native/dependencies/patches as a further patch of FFmpeg, or into native/dependencies/lame as
     one of LAME; or, for another archive, write its name and SHA-256 into native/cmake/dependencies.cmake.
  3. Run: COCHLEA_SOURCES=that-folder npx cochlea build-addon

The addon that this makes takes the place of the prebuilt one. For at least three years from a release, whoever has this
package also gets the complete sources of these libraries, as they were used, from the maintainers, for no more than
the cost of sending them: package.json says where to ask ("bugs").
`;

const unlisted = archiveKeys.filter((key) => !components.some((each) => each.key === key));
if (unlisted.length > 0) throw new Error(`native/licences/components.json lacks ${unlisted.join(', ')}`);

const [option, folder] = process.argv.slice(2);
if (option === '--sources') {
  mkdirSync(folder, { recursive: true });
  for (const component of components.filter(({ key }) => key)) {
    const path = archiveOf(component);
    if (path === undefined) throw new MissingArchive(component);
    copyFileSync(path, join(folder, basename(path)));
  }
} else {
  const text = `${head}\n${components.map(section).join('\n')}`;
  if (option !== '--check') writeFileSync(notice, text);
  else if (readFileSync(notice, 'utf8') !== text) {
    console.error('NOTICE is not up to date: run npm run licences');
    process.exitCode = 1;
  }
}
