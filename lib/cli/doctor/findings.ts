import { execFile } from 'node:child_process';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { findRuntime, ProviderProblemError } from '../../onnx/inner.js';
import { loadDrawing } from '../picture/drawing.js';
import { tryNixl } from './nixl.js';
import { describeProvidersInChild } from './providers.js';

/** One result of `cochlea doctor`. */
export interface Finding {
  readonly name: string;
  /** `broken`: decoding does not work without it. `missing`: only its own feature does not work. */
  readonly state: 'ok' | 'missing' | 'broken';
  /** Its state, or why it is missing; one line. */
  readonly detail: string;
  /** What to do about it, if something can be done. */
  readonly remedy?: string;
}

/**
 * Runs all checks, in order. Neither this file nor its imports import anything at the top that needs the addon: an
 * addon that does not load is a finding.
 */
export async function examine(signal: AbortSignal): Promise<Finding[]> {
  const addon = await addonFindings();
  const [pictures, gpu] = await Promise.all([picturesFinding(), gpuFinding(signal)]);
  // Trying the providers needs the addon.
  const models = addon.some(({ state }) => state === 'broken') ? [] : await modelFindings(signal);
  const nixl = addon.some(({ state }) => state === 'broken') ? [] : [await nixlFinding(signal)];
  return [nodeFinding(), platformFinding(), ...addon, pictures, ...models, ...nixl, gpu];
}

function nodeFinding(): Finding {
  const { engines } = require('../../../package.json') as { engines: { node: string } };
  const needed = engines.node.replace('>=', '');
  const ok = isAtLeast(process.versions.node, needed);
  const detail = `${process.versions.node}${ok ? '' : `, ${needed} or newer is needed`}`;
  return { name: 'Node.js', state: ok ? 'ok' : 'broken', detail, ...(!ok && { remedy: 'Install a newer Node.js.' }) };
}

/** Compares versions such as `20.19.1`. */
function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

function platformFinding(): Finding {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime === undefined ? 'no glibc' : `glibc ${header.glibcVersionRuntime}`;
  return { name: 'platform', state: 'ok', detail: `${process.platform}-${process.arch}, ${libc}` };
}

/** Checks the addon, its libraries, and whether it decodes. */
async function addonFindings(): Promise<Finding[]> {
  const cochlea = await import('../../index.js').catch((error: unknown) => error as Error);
  if (cochlea instanceof Error) {
    const [first = '', ...rest] = cochlea.message.split('\n');
    return [{ name: 'addon', state: 'broken', detail: first, remedy: rest.join('\n').trimEnd() }];
  }
  const { addonFile: file, native } = await import('../../native/binding.js');
  const { ffmpeg, ffmpegLicense, soxr, soxrEngine } = cochlea.versions();
  const { containers, codecs } = require('../../../native/formats.json') as Record<string, unknown[] | undefined>;
  const formats = `${containers?.length} containers, ${codecs?.length} codecs`;
  return [
    { name: 'addon', state: 'ok', detail: `${file.startsWith('prebuilds') ? 'prebuilt' : 'built here'}: ${file}` },
    { name: 'FFmpeg', state: 'ok', detail: `${ffmpeg} (${ffmpegLicense}), ${formats}` },
    { name: 'soxr', state: 'ok', detail: `${soxr} (${soxrEngine})` },
    threadsFinding(native.threads()),
    await decodingFinding(cochlea),
  ];
}

function threadsFinding(threads: number): Finding {
  const from = process.env.COCHLEA_THREADS ? 'COCHLEA_THREADS' : 'processors and quota of this process';
  return { name: 'threads', state: 'ok', detail: `${threads} (${from})` };
}

/** Decodes a tenth of a second of a tone. */
async function decodingFinding({ decode, encode }: typeof import('../../index.js')): Promise<Finding> {
  const name = 'decoding';
  const samples = Float32Array.from({ length: 800 }, (_, i) => 0.5 * Math.sin(i / 4));
  try {
    const flac = await encode({ data: samples, sampleRate: 8000, channels: 1 }, { format: 'flac' });
    const audio = await decode(flac, { sampleRate: 16_000 });
    if (audio.frames !== 1600) throw new Error(`1600 frames were expected, and ${audio.frames} came`);
    return { name, state: 'ok', detail: 'FLAC of 8000 Hz to float32 of 16000 Hz' };
  } catch (error) {
    const remedy = 'This should not happen: please report it together with what `cochlea doctor --json` prints.';
    return { name, state: 'broken', detail: messageOf(error), remedy };
  }
}

async function picturesFinding(): Promise<Finding> {
  const name = 'pictures';
  try {
    const { hasFonts } = await loadDrawing();
    if (hasFonts()) return { name, state: 'ok', detail: 'canvas, d3 and fonts' };
    const remedy = 'Install a font: apt-get install fonts-dejavu-core';
    return { name, state: 'missing', detail: 'no font is installed, so they have no text', remedy };
  } catch (error) {
    const [, ...steps] = messageOf(error).split('\n');
    return { name, state: 'missing', detail: 'packages that draw are not installed', remedy: steps.join('\n') };
  }
}

/** Checks ONNX Runtime, and runs a small model with each provider. */
async function modelFindings(signal: AbortSignal): Promise<Finding[]> {
  const name = 'ONNX Runtime';
  try {
    const { version, folder } = findRuntime();
    const providers = (await describeProvidersInChild(signal)).map(
      ({ provider, available, reason, remedy }): Finding => ({
        name: `provider ${provider}`,
        state: available ? 'ok' : 'missing',
        detail: reason ?? 'runs models',
        ...(remedy !== undefined && { remedy }),
      }),
    );
    return [{ name, state: 'ok', detail: `${version} in ${relative('.', folder)}` }, ...providers];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProviderProblemError)) return [{ name, state: 'missing', detail: messageOf(error) }];
    const { reason, remedy } = error.problem;
    return [{ name, state: 'missing', detail: reason, remedy }];
  }
}

/** NIXL, for handing tensors over; it is started where it is installed. */
async function nixlFinding(signal: AbortSignal): Promise<Finding> {
  const name = 'NIXL';
  try {
    const { available, detail } = await tryNixl(signal);
    const [first = '', ...steps] = detail.split('\n');
    if (available) return { name, state: 'ok', detail };
    const remedy = steps.join('\n');
    return { name, state: 'missing', detail: first.replace(/:$/, ''), ...(remedy !== '' && { remedy }) };
  } catch (error) {
    signal.throwIfAborted();
    return { name, state: 'missing', detail: messageOf(error) };
  }
}

/** The GPUs, as reported by NVIDIA's driver. */
async function gpuFinding(signal: AbortSignal): Promise<Finding> {
  const name = 'GPU';
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000, signal });
    const [first, ...others] = stdout.trim().split('\n');
    if (!first) return { name, state: 'missing', detail: 'the NVIDIA driver is there, and no GPU' };
    const [card, driver, memory] = first.split(',').map((field) => field.trim());
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    return { name, state: 'ok', detail: `${card}, ${memory}, driver ${driver}${more}` };
  } catch (error) {
    signal.throwIfAborted();
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const detail = absent ? 'no NVIDIA driver (nvidia-smi is not there)' : `nvidia-smi fails: ${firstLine(error)}`;
    return { name, state: 'missing', detail };
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
