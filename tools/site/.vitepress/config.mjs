import { defineConfig } from 'vitepress';
import { apiSidebar } from '../api.mjs';
import { repositoryUrl, sidebarOf } from '../pages.mjs';

const guide = [
  {
    text: 'Guide',
    items: sidebarOf('guide', [
      'decoding',
      'uploads',
      'loading',
      'long-audio',
      'realtime',
      'features',
      'embeddings',
      'gpu',
      'encoding',
      'deploying',
    ]),
  },
  { text: 'Reference', items: sidebarOf('.', ['formats', 'errors', 'security', 'benchmarks', 'versions']) },
];

/** Anchors as GitHub makes them, so that one link works in both places. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

// Dead links end the build: VitePress's default, kept.
export default defineConfig({
  title: 'Cochlea',
  description: 'Any audio in, model-ready tensors out: decoding for Node.js.',
  base: process.env.COCHLEA_SITE_BASE ?? '/',
  srcDir: '../../build/site-pages',
  outDir: '../../build/site',
  cacheDir: '../../build/site-cache',
  lang: 'en',
  // The index of the search is one chunk.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  markdown: { anchor: { slugify } },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Guide', link: '/guide/decoding', activeMatch: '^/guide/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Formats', link: '/formats' },
      { text: 'Errors', link: '/errors' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: { '/api/': apiSidebar(), '/': guide },
    socialLinks: [{ icon: 'github', link: repositoryUrl }],
  },
});
