import { lstat, realpath, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import {
  AbortError,
  CochleaError,
  SourceError,
  TransferExpiredError,
  TransferFailedError,
  TransferRefusedError,
} from '../../errors.js';
import { native } from '../../native/binding.js';
import { runNative } from '../../native/job.js';
import { corrupt, fromSafetensors, mostHeaderBytes } from '../arrived.js';
import type { FileDescriptor, ReceivedTensor } from '../types.js';

/**
 * Maps the file of a descriptor, without a copy. Only files directly in one of the folders are read, or one level below
 * it with layout `vllm`; no link is followed out of it. With layout `dynamo` the file is deleted: the mapping goes on.
 */
export async function receiveFile(
  descriptor: FileDescriptor,
  folders: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReceivedTensor> {
  const path = await allowedPath(descriptor, folders);
  try {
    const length = await lengthOf(path, descriptor);
    const stop = { signal, timeout: undefined };
    const mapping = await runNative(stop, (cancellation) => native.mapFile(path, length, cancellation), {});
    let released: Promise<void> | undefined;
    const release = (): Promise<void> => {
      released ??= unmapped(mapping);
      return released;
    };
    try {
      const tensor = await fromSafetensors(new Uint8Array(mapping), descriptor, signal);
      if (descriptor.layout === 'dynamo') await rm(path, { force: true });
      return { tensor, release, [Symbol.asyncDispose]: release };
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    throw readFailure(error);
  }
}

/** Node unmaps at the next turn of the event loop: then it is done. */
async function unmapped(mapping: ArrayBuffer): Promise<void> {
  native.unmap(mapping);
  await new Promise(setImmediate);
}

async function allowedPath({ path, layout }: FileDescriptor, folders: readonly string[]): Promise<string> {
  const file = basename(path);
  const parent = dirname(path);
  // A step up, as in /allowed/../other, would lead out of a folder that looks like an allowed one.
  if (!isAbsolute(path) || path.includes('\0') || path !== normalize(path)) {
    throw refused('its path is not absolute, or not in its shortest form');
  }
  // The folder of the file may be named through links, as the allowed one may: what they lead to counts.
  const [real, ...roots] = await Promise.all([layout === 'vllm' ? dirname(parent) : parent, ...folders].map(realOf));
  for (const root of roots) {
    if (root === undefined || real !== root) continue;
    if (layout === 'dynamo') return join(root, file);
    const own = join(root, basename(parent));
    // Below the folder there are folders, and no links.
    if ((await lstat(own).catch(() => undefined))?.isSymbolicLink()) break;
    return join(own, file);
  }
  throw refused('it is outside of the folders that may be read');
}

/** `undefined` if it is not there. */
function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

function refused(why: string): TransferRefusedError {
  return new TransferRefusedError('ERR_TRANSFER_REFUSED', `the file of the descriptor is not read: ${why}`);
}

async function lengthOf(path: string, { size }: FileDescriptor): Promise<number> {
  const facts = await lstat(path);
  if (!facts.isFile()) throw refused('it is not a regular file');
  if (facts.size < size || facts.size > size + mostHeaderBytes) {
    throw corrupt(`the file has ${facts.size} bytes, for a tensor of ${size}`);
  }
  return facts.size;
}

function readFailure(error: unknown): unknown {
  // The addon, too, says what opening a file failed with.
  const cause = error instanceof SourceError ? error.cause : error;
  if (cause instanceof CochleaError || cause instanceof AbortError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new TransferExpiredError('ERR_TRANSFER_EXPIRED', 'the file of the tensor is no longer there', { cause });
  }
  return new TransferFailedError('ERR_TRANSFER_FAILED', `the file of the tensor cannot be read: ${message}`, { cause });
}
