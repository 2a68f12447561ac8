import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FileDescriptor } from '../types.js';

/** How a layout names a file, below the folder. */
export interface FileName {
  readonly path: string;
  readonly uuid?: string;
}

/**
 * - `dynamo`: as NVIDIA Dynamo's LocalEmbeddingSender names its files; its receiver deletes them.
 * - `vllm`: where vLLM's ECExampleConnector looks for them; it never deletes.
 */
export const layouts: Record<FileDescriptor['layout'], (folder: string, sender: string, count: number) => FileName> = {
  dynamo: (folder, sender, count) => ({
    path: join(folder, `encoder_cache.${sender}_${count}.${randomBytes(6).toString('hex')}.safetensors`),
  }),
  vllm: (folder) => {
    const uuid = randomUUID();
    return { path: join(folder, uuid, 'encoder_cache.safetensors'), uuid };
  },
};

/** What this sender has begun to write: a file with layout `dynamo`, a folder with layout `vllm`. */
export const unfinishedName = /^\.cochlea-[0-9a-f]{12}\.part$/;

/** A name that readers do not look for, in the folder of the finished file, so that it can be renamed. */
export function unfinished(folder: string): string {
  return join(folder, `.cochlea-${randomBytes(6).toString('hex')}.part`);
}

/** Names in the folder that may be files of ours, or folders with one. */
export const dynamoName = /^encoder_cache\.[0-9a-f]{32}_\d+\.[0-9a-f]{12}\.safetensors$/;
export const vllmName = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const vllmFile = 'encoder_cache.safetensors';
