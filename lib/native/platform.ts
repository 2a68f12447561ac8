import { closeSync, openSync, readSync } from 'node:fs';

/** Platforms with an addon in the package; `addon.ts` names the file of each. */
export const prebuiltPlatforms = ['linux-x64', 'linux-arm64'] as const;

/** The oldest glibc that the prebuilt addons run on: Note [glibc floor] in `native/compat/glibc_2_28.c`. */
export const oldestGlibc = '2.28';

/**
 * This platform by the names of prebuilds: `linux-x64` with glibc, `linux-x64-musl` (Alpine), `darwin-arm64`,
 * `win32-x64`.
 */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && usesMusl() ? `${name}-musl` : name;
}

/**
 * The program of the runtime names its loader, and each loader belongs to one C library. Reading that name takes a
 * tenth of the time of the diagnostic report. The report is used if the program may not be read (Node's permission
 * model).
 */
function usesMusl(): boolean {
  try {
    return beginning(process.execPath, 2048).includes('/ld-musl-');
  } catch {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
    return report?.header !== undefined && report.header.glibcVersionRuntime === undefined;
  }
}

function beginning(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
