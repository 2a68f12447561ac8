import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { optionsOf, typeError, word } from '../../checks.js';
import { AbortError, TransferFailedError } from '../../errors.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { bothOf } from '../both.js';
import { checkTensor, factsOf } from '../describe.js';
import { tracedSend } from '../diagnostics.js';
import { guard, type Lease, Leases, sentTensor } from '../leases.js';
import { type CheckedSend, checkMaxBytes, checkSendOptions, defaultHeldBytes } from '../options.js';
import type { FileDescriptor, HeldTensors, SendOptions, SentTensor, TensorSender } from '../types.js';
import { defaultFolder, makeFolder } from './folder.js';
import { type FileName, layouts, unfinished, vllmFile } from './layouts.js';
import { expiryKey, sweep } from './sweep.js';

/** Milliseconds between two looks at the folder, while a receiver may delete files in it. */
const lookEvery = 100;
/** Milliseconds between two sweeps. */
const sweepEvery = 60_000;
const key = 'ec_cache';

/** What is fixed where a `FileSender` is made. */
export interface FileSenderOptions {
  /**
   * Folder for the files. Default: one for this user in /dev/shm, which is shared memory; elsewhere in the folder for
   * temporary files. It is made where it is not there. vLLM calls it `shared_storage_path`.
   * Whoever else may write to it can end the processes that map its files: the default folder is checked for that, and
   * one that you name is your choice.
   */
  readonly folder?: string | undefined;
  /**
   * Who reads the files. Default: `dynamo`.
   * - `dynamo`: NVIDIA Dynamo's `LocalEmbeddingReceiver`, and `TensorReceiver`: the receiver deletes the file, by which
   *   the sender knows that it was received.
   * - `vllm`: vLLM's `ECExampleConnector`. vLLM does not delete: the file stays until its lease is over or `release()`
   *   is called. vLLM's engine ends if a file is gone when it is wanted: make the lease longer than its queue.
   */
  readonly layout?: FileDescriptor['layout'] | undefined;
  /** Bytes of all files that are there at a time. Default: 512 MiB. /dev/shm of a container has 64 MB unless told. */
  readonly maxBytes?: number | undefined;
}

/**
 * Hands tensors over in files: to other processes of this host, or of all hosts that share the folder. A file is written
 * under another name and renamed, so that it is there whole or not at all, and only its owner can read it.
 *
 * The files outlive the process, until their lease is over: a process that ends need not wait for its receivers. What
 * nobody has fetched by then is deleted by whichever sender uses the folder next.
 *
 * Writing runs on the threads of Node's file system. The tensor is yours again as soon as `send` settles.
 */
export class FileSender implements TensorSender<FileDescriptor> {
  /** How the tensors get there. */
  readonly mode = 'file';
  readonly #folder: string;
  readonly #layout: FileDescriptor['layout'];
  readonly #leases: Leases;
  readonly #id = randomBytes(16).toString('hex');
  #count = 0;
  #ready: Promise<void> | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  /** Files that a receiver will delete, by name, and the timer that looks for them. */
  readonly #watched = new Map<string, Lease>();
  #watching: NodeJS.Timeout | undefined;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: FileSenderOptions = {}) {
    const {
      folder = defaultFolder(),
      layout = 'dynamo',
      maxBytes = defaultHeldBytes,
    } = optionsOf('options', options, ['folder', 'layout', 'maxBytes']);
    if (typeof folder !== 'string' || folder === '') throw typeError('options.folder', 'a path', folder);
    word('options.layout', layout, Object.keys(layouts));
    this.#folder = resolve(folder);
    this.#layout = layout;
    this.#leases = new Leases(checkMaxBytes(maxBytes));
  }

  get held(): HeldTensors {
    return this.#leases.held;
  }

  async send(given: Tensor, options: SendOptions = {}): Promise<SentTensor<FileDescriptor>> {
    const request = checkSendOptions(options);
    const tensor = checkTensor(given);
    return tracedSend('file', tensor, () => this.#send(tensor, request));
  }

  async #send(tensor: Tensor, { lease: seconds, signal }: CheckedSend): Promise<SentTensor<FileDescriptor>> {
    const room = this.#leases.reserve(tensor.data.byteLength);
    const file = layouts[this.#layout](this.#folder, this.#id, this.#count++);
    try {
      if (signal?.aborted) throw new AbortError(signal.reason);
      this.#ready ??= this.#prepare();
      await this.#ready;
      const facts = await bothOf(factsOf(tensor, signal), this.#write(file, tensor, seconds, signal));
      const lease = room.begin(seconds, () => this.#remove(file));
      if (this.#layout === 'dynamo') this.#watch(basename(file.path), lease);
      const descriptor = {
        mode: 'file',
        ...facts,
        expires_at: lease.expiresAt,
        layout: this.#layout,
        ...file,
      } as const;
      return sentTensor(descriptor, lease);
    } catch (error) {
      await this.#remove(file);
      room.giveBack();
      // The folder may be gone, or full of what others left: the next call looks.
      if (error instanceof TransferFailedError) this.#ready = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#leases.close();
    // Calls that were running may have started them.
    clearInterval(this.#sweeping);
    clearInterval(this.#watching);
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #prepare(): Promise<void> {
    await makeFolder(this.#folder);
    await sweep(this.#folder);
    this.#sweeping ??= setInterval(() => void sweep(this.#folder), sweepEvery).unref();
  }

  async #write(file: FileName, tensor: Tensor, seconds: number, signal: AbortSignal | undefined): Promise<void> {
    const draft = unfinished(this.#folder);
    const inFolder = file.uuid !== undefined;
    const expiry = String(Math.ceil(Date.now() / 1000 + seconds + guard));
    try {
      if (inFolder) await mkdir(draft, { mode: 0o700 });
      const handle = await open(inFolder ? join(draft, vllmFile) : draft, 'wx', 0o600);
      try {
        await writeAll(handle, [...writeSafetensors({ [key]: tensor }, { [expiryKey]: expiry })], signal);
      } finally {
        await handle.close();
      }
      await rename(draft, inFolder ? dirname(file.path) : file.path);
    } catch (cause) {
      await rm(draft, { force: true, recursive: inFolder }).catch(() => {});
      if (cause instanceof AbortError) throw cause;
      const message = `the tensor cannot be written to ${this.#folder}: ${(cause as Error).message}`;
      throw new TransferFailedError('ERR_TRANSFER_FAILED', message, { cause });
    }
  }

  async #remove(file: FileName): Promise<void> {
    this.#watched.delete(basename(file.path));
    await rm(file.path, { force: true }).catch(() => {});
    // Not recursively: what somebody else has put there is theirs.
    if (file.uuid !== undefined) await rmdir(dirname(file.path)).catch(() => {});
  }

  /** One look at the folder tells of all files, on any file system: not all of them report changes. */
  #watch(name: string, lease: Lease): void {
    this.#watched.set(name, lease);
    this.#watching ??= setInterval(() => void this.#look(), lookEvery).unref();
  }

  async #look(): Promise<void> {
    if (this.#watched.size === 0) {
      clearInterval(this.#watching);
      this.#watching = undefined;
      return;
    }
    const before = [...this.#watched];
    const names = await readdir(this.#folder).catch(() => undefined);
    if (names === undefined) return;
    const there = new Set(names);
    for (const [name, lease] of before) if (!there.has(name)) lease.end('received');
  }
}

/** The header and the first 16 MiB in one call, where the system takes them all; `writeFile` cuts into 512 KiB. */
async function writeAll(
  handle: FileHandle,
  parts: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let rest = parts; rest.length > 0; ) {
    if (signal?.aborted) throw new AbortError(signal.reason);
    const { bytesWritten } = await handle.writev(rest.slice(0, 2));
    rest = after(bytesWritten, rest);
  }
}

/** What follows the first bytes of the parts. */
function after(bytes: number, [first, ...others]: readonly Uint8Array[]): readonly Uint8Array[] {
  if (first === undefined) return [];
  return bytes < first.length ? [first.subarray(bytes), ...others] : after(bytes - first.length, others);
}
