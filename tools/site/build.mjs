// Builds the documentation site into build/site: `npm run docs:site`.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { writeApi } from './api.mjs';
import { gatherPages, pages } from './pages.mjs';

rmSync(pages, { recursive: true, force: true });
await writeApi();
gatherPages();
await build(fileURLToPath(new URL('.', import.meta.url)));
