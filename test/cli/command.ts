import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built command: `npm run build` comes before these tests. */
export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a script as users do, in a process of its own. */
export function start(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } });
  const finished = new Promise<Finished>((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs `cochlea` to its end. */
export function cochlea(...args: string[]): Promise<Finished> {
  return start(program, args).finished;
}

/** A copy of the built package beside which the named one is not installed; gives its command. */
export function programWithout(missing: string): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const copy = temporaryFolder();
  for (const name of ['dist', 'package.json', 'native/formats.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const name of ['build', 'prebuilds']) symlinkSync(join(root, name), join(copy, name));
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== missing) symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  return join(copy, 'dist/cli/main.js');
}

/** JSON lines of a run. */
export function lines(finished: Finished): Record<string, unknown>[] {
  return finished.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
