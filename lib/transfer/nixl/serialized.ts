/**
 * What Dynamo's receivers take as `serialized_request` (ai-dynamo 1.6): the RdmaMetadata of `dynamo.nixl_connect` for
 * reads, the NixlTransferRequest of `dynamo.common.multimodal.embedding_transfer`, as JSON text, for writes.
 */
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { invalid } from '../descriptor.js';
import type { OpenAgent } from './agent.js';

/** Bytes. Of one region of memory it has some hundred, of many some ten thousand. */
const longestMetadata = 1024 ** 2;
/** OperationKind.READ */
const readKind = 1;

/** Memory of a peer that is to be read. */
export interface Readable {
  readonly metadata: Uint8Array;
  readonly address: number;
  readonly memory: 'cpu' | 'cuda';
  readonly device: number;
  /** What the peer wants to hear once it was read. */
  readonly notification: string;
}

export async function serializeRead(
  { metadata }: OpenAgent,
  address: number,
  size: number,
  key: string,
): Promise<unknown> {
  return {
    descriptors: [{ device: 'cpu', ptr: address, size }],
    nixl_metadata: `b64:${(await promisify(deflate)(metadata)).toString('base64')}`,
    notification_key: key,
    operation_kind: readKind,
  };
}

export function serializeWrite({ name, metadata }: OpenAgent, id: number, size: number): string {
  return JSON.stringify({
    sender_agent_id: name,
    agent_metadata: Buffer.from(metadata).toString('base64'),
    tensor_id: id,
    tensor_size: size,
  });
}

/** @throws {TransferInvalidError} */
export async function parseRead(request: unknown, size: number): Promise<Readable> {
  const { descriptors, nixl_metadata, notification_key, operation_kind } = request as Record<string, unknown>;
  if (operation_kind !== readKind) throw invalid('serialized_request is not for a read');
  if (typeof notification_key !== 'string') throw invalid('serialized_request has no notification_key');
  const [first, ...others] = Array.isArray(descriptors) ? descriptors : [];
  if (typeof first !== 'object' || first === null || others.length > 0) {
    throw invalid('serialized_request does not describe one piece of memory');
  }
  const { device, ptr, size: bytes } = first as Record<string, unknown>;
  if (bytes !== size) throw invalid(`serialized_request describes ${String(bytes)} bytes instead of ${size}`);
  if (!Number.isSafeInteger(ptr) || (ptr as number) < 1) throw invalid('serialized_request has no address');
  const [, kind, number] = /^(cpu|cuda)(?::(\d{1,4}))?$/.exec(String(device)) ?? [];
  if (kind === undefined) throw invalid('serialized_request names a device that is neither cpu nor cuda');
  return {
    metadata: await inflated(nixl_metadata),
    address: ptr as number,
    memory: kind as 'cpu' | 'cuda',
    device: Number(number ?? 0),
    notification: notification_key,
  };
}

async function inflated(text: unknown): Promise<Uint8Array> {
  if (typeof text !== 'string' || !text.startsWith('b64:')) throw invalid('serialized_request has no nixl_metadata');
  try {
    return await promisify(inflate)(Buffer.from(text.slice(4), 'base64'), { maxOutputLength: longestMetadata });
  } catch {
    throw invalid('nixl_metadata is damaged');
  }
}
