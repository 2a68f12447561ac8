/**
 * Hand-over: a tensor goes to another process as a descriptor, by value, in a file, by HTTP or through NIXL.
 *
 * @example
 * import { FileSender, TensorReceiver } from 'cochlea/transfer';
 * const { descriptor, completed } = await new FileSender().send(audioFeatures);
 * // in the other process:
 * const { tensor } = await new TensorReceiver().receive(descriptor);
 *
 * @module cochlea/transfer
 */
export {
  type DynamoTransferRequest,
  dynamoTransferRequest,
  type VllmAudioEmbedsPart,
  type VllmAudioTokens,
  vllmAudioEmbeds,
} from './consumers.js';
export type { TransferEvent } from './diagnostics.js';
export { FileSender, type FileSenderOptions } from './file/sender.js';
export { HttpSender, type HttpSenderOptions } from './http/sender.js';
export { InlineSender, type InlineSenderOptions } from './inline.js';
export type { NixlOptions } from './nixl/agent.js';
export type { NixlReceiverOptions } from './nixl/receive.js';
export { NixlSender, type NixlSenderOptions } from './nixl/sender.js';
export { TensorReceiver, type TensorReceiverOptions } from './receiver.js';
export type {
  DescriptorBase,
  FileDescriptor,
  HeldTensors,
  HttpDescriptor,
  InlineDescriptor,
  NixlDescriptor,
  ReceivedTensor,
  ReceiveOptions,
  SendOptions,
  SentTensor,
  TensorSender,
  TransferDescriptor,
  TransferEnd,
  TransferMode,
} from './types.js';
