/** A browser of the machine, without a window: playwright-core brings none. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium-headless-shell', 'chromium', 'google-chrome'];

/** Where it is; undefined if there is none. */
export function browserPath() {
  const folders = process.env.PATH.split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/**
 * Opens it. `args` are switches of Chromium, `timeout` is in milliseconds.
 *
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function openBrowser({ args = [], timeout }) {
  const executablePath = browserPath();
  if (!executablePath) throw new Error(`none of ${names.join(', ')} is installed: run tools/setup.sh --tests`);
  // Chromium's sandbox does not work for root, as whom containers run.
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args], timeout });
}
