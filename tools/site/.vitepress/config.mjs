import { defineConfig } from 'vitepress';
import { apiSidebar } from '../api.mjs';
import { description, guideSidebar, repositoryUrl } from '../pages.mjs';

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
  description,
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
      { text: 'Guide', link: '/guide/', activeMatch: '^/guide/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Formats', link: '/formats' },
      { text: 'Errors', link: '/errors' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: { '/api/': apiSidebar(), '/': guideSidebar() },
    socialLinks: [{ icon: 'github', link: repositoryUrl }],
  },
});
