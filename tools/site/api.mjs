// The API reference: Markdown that TypeDoc makes of the doc comments in lib/. Its warnings are errors: a symbol
// without a comment, or a type that is mentioned but not exported.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Comment, ReferenceType, ReflectionKind } from 'typedoc';
import { pages } from './pages.mjs';

export async function writeApi() {
  const app = await Application.bootstrapWithPlugins({
    options: fileURLToPath(new URL('typedoc.json', import.meta.url)),
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc cannot read lib/');
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc has warnings, see above');
  await app.generateOutputs(project);
  for (const callable of project.getReflectionsByKind(ReflectionKind.Function)) appendOptions(callable);
}

/** Appends a table of its options to the page of a function. Each option links to its full description. */
function appendOptions(callable) {
  const page = join(pages, 'api', callable.parent.name, 'functions', `${callable.name}.md`);
  if (!existsSync(page)) throw new Error(`TypeDoc made no ${page}`);
  const types = callable.signatures.flatMap(({ parameters = [] }) => parameters.map(({ type }) => type));
  const options = types.filter((type) => type instanceof ReferenceType).map(({ reflection }) => reflection);
  for (const type of new Set(options)) {
    if (!type?.kindOf(ReflectionKind.Interface) || !type.name.endsWith('Options')) continue;
    appendFileSync(page, `\n## ${type.name}\n\n| Option | Type | Description |\n| --- | --- | --- |\n`);
    for (const option of type.children) appendFileSync(page, optionRow(option, type, callable));
  }
}

function optionRow({ name, type, comment, flags }, owner, callable) {
  const cell = (text) => text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
  const target = posix.join('/api', owner.parent.name, 'interfaces', `${owner.name}.md`);
  const from = posix.join('/api', callable.parent.name, 'functions');
  const link = `${posix.relative(from, target)}#${name.toLowerCase()}`;
  const values = cell(String(type));
  const says = cell(Comment.combineDisplayParts(comment?.summary));
  return `| [\`${name}${flags.isOptional ? '?' : ''}\`](${link}) | \`${values}\` | ${says} |\n`;
}

const entries = [
  'cochlea',
  'cochlea/load',
  'cochlea/features',
  'cochlea/tower',
  'cochlea/transfer',
  'cochlea/worker',
  'cochlea/serve',
  'cochlea/client',
  'cochlea/transcribe',
  'cochlea/openai',
  'cochlea/ai',
];

/** One section for each entry of the package, with a group for each kind of symbol. */
export function apiSidebar() {
  const sections = modulesIn(JSON.parse(readFileSync(join(pages, 'api.json'), 'utf8')));
  return entries.map((name, i) => ({
    text: name,
    link: `/api/${name}/`,
    collapsed: i > 0,
    items: sections.get(name).map(sidebarItem),
  }));
}

/** TypeDoc nests modules by the slashes of their names; here they stand beside each other. */
function modulesIn(nodes, found = new Map()) {
  for (const { path, children = [] } of nodes) {
    if (path?.endsWith('/index.md')) found.set(path.replace('/index.md', ''), children);
    modulesIn(children, found);
  }
  return found;
}

function sidebarItem({ title, path, children }) {
  if (children) return { text: title, collapsed: title !== 'Functions', items: children.map(sidebarItem) };
  return { text: title, link: `/api/${path.replace(/\.md$/, '')}` };
}
