import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The declarations that a user's TypeScript reads: those of the entries, and whatever they import. */
function declarations(): Map<string, string> {
  const found = new Map<string, string>();
  const open = Object.values<{ types?: string }>(exports).flatMap(({ types }) => (types ? [join(root, types)] : []));
  for (const path of open) {
    if (found.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    found.set(path, text.replaceAll(/\/\*[\s\S]*?\*\//g, ''));
    for (const [, name] of text.matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g)) {
      open.push(join(dirname(path), `${name}.d.ts`));
    }
  }
  return found;
}

test('no declaration needs more than TypeScript 5.4 and lib: es2020: what does becomes any where libraries are not checked', () => {
  const all = declarations();
  expect(all.size).toBeGreaterThan(20);
  // `Float32Array<ArrayBuffer>` is an error before 5.7: PlainFloat32Array of lib/arrays.ts. ErrorOptions is of es2022:
  // Cause of lib/errors.ts.
  const newer = /\b\w+Array<Array(?:Buffer|BufferLike)>|\bErrorOptions\b|\bDisposableStack\b/g;
  const problems = [...all].flatMap(([path, text]) =>
    [...text.matchAll(newer)].map(([word]) => `${path.slice(root.length)}: ${word}`),
  );
  expect(problems).toEqual([]);
});

test('members for this package alone are not in the declarations: an open source showed its native handle', () => {
  const all = declarations();
  const marked = [...all.keys()].filter((path) => readFileSync(path, 'utf8').includes('@internal'));
  expect(marked.map((path) => path.slice(root.length))).toEqual([]);
  const source = all.get(join(root, 'dist/decode/source/open_source.d.ts'));
  expect(source).toMatch(/close\(\): void/);
  expect(source).not.toMatch(/native|origin|constructor/);
});

test('the subpaths are found by compilers that do not read exports, too', () => {
  const { typesVersions } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const subpaths = Object.keys(exports).filter((key) => key !== '.' && key !== './package.json');
  expect(Object.keys(typesVersions['*'])).toEqual(subpaths.map((key) => key.slice(2)));
  for (const [path] of Object.values<[string]>(typesVersions['*'])) expect(existsSync(join(root, path))).toBe(true);
});
