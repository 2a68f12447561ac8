#!/usr/bin/env node
// The bill of materials of a release, CycloneDX 1.6 in JSON: the npm packages that are installed with Cochlea, and the
// libraries that are linked into its addon, which no scanner of packages sees.
//   node tools/sbom.mjs > cochlea.cdx.json
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { components, root } from './components.mjs';

// Not --omit=dev: npm 11 then leaves out what both users and developers need.
const npm = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
});
if (npm.status !== 0) throw new Error(`npm sbom fails: ${npm.stderr}`);
const sbom = JSON.parse(npm.stdout);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const own = sbom.metadata.component['bom-ref'];
const edges = new Map(sbom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));

/** What is installed with Cochlea: not what develops it, and no optional peers. */
function installed() {
  const names = new Map(
    sbom.components.map(({ 'bom-ref': ref, name, group }) => [ref, group ? `${group}/${name}` : name]),
  );
  const found = new Set();
  const waiting = edges.get(own).filter((ref) => names.get(ref) in manifest.dependencies);
  for (const ref of waiting) {
    if (found.has(ref)) continue;
    found.add(ref);
    waiting.push(...(edges.get(ref) ?? []));
  }
  return found;
}

/** Where the patches of a component lie. */
const patches = { ffmpeg: 'native/dependencies/patches', lame: 'native/dependencies/lame' };

function nativeComponent(component) {
  const { key, name, parts, licence, copyright, homepage, url, archives, cpe, folder } = component;
  const version = component.version ?? hashOf(folder);
  const slug = name.toLowerCase();
  const source = url === undefined ? '' : `?download_url=${encodeURIComponent(url)}`;
  return {
    'bom-ref': `native:${slug}`,
    type: 'library',
    name,
    version,
    description: `linked statically into the addon: ${parts}`,
    scope: 'required',
    licenses: [{ license: { id: licence } }],
    copyright,
    ...(cpe && { cpe: cpe.replace('{version}', version) }),
    purl: `pkg:generic/${slug}@${version}${source}`,
    ...(archives && { hashes: [{ alg: 'SHA-256', content: archives[0].sha256 }] }),
    ...(key in patches && { pedigree: { patches: patchesOf(patches[key]) } }),
    externalReferences: [
      { type: 'website', url: homepage },
      ...(url === undefined ? [] : [{ type: 'source-distribution', url }]),
    ],
  };
}

/** What has no version is known by what is kept of it. */
function hashOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(join(root, folder)).sort()) hash.update(readFileSync(join(root, folder, name)));
  return `sha256-${hash.digest('hex').slice(0, 16)}`;
}

function patchesOf(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => ({
      type: 'unofficial',
      diff: { url: `${folder}/${name}` },
    }));
}

// The headers of Node-API come as npm packages, too: once is enough.
const refs = installed();
const packages = sbom.components.filter((each) => refs.has(each['bom-ref']));
const direct = edges.get(own).filter((ref) => refs.has(ref));
const known = new Set(packages.map(({ name }) => name));
const linked = components.filter(({ name }) => !known.has(name)).map(nativeComponent);

process.stdout.write(
  `${JSON.stringify(
    {
      ...sbom,
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      specVersion: '1.6',
      // npm uses the name of the current folder.
      metadata: { ...sbom.metadata, component: { ...sbom.metadata.component, name: manifest.name } },
      components: [...packages, ...linked],
      dependencies: [
        { ref: own, dependsOn: [...direct, ...linked.map((one) => one['bom-ref'])] },
        ...[...refs].map((ref) => ({ ref, dependsOn: edges.get(ref) ?? [] })),
        ...linked.map((one) => ({ ref: one['bom-ref'], dependsOn: [] })),
      ],
    },
    undefined,
    2,
  )}\n`,
);
