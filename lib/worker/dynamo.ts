import type { TransferDescriptor } from '../transfer/index.js';

/**
 * The request as NVIDIA Dynamo's encode worker passes it on to the worker that generates: the embeddings take the place
 * of the address, and all fields that are not its concern stay as they came.
 * https://github.com/ai-dynamo/dynamo/tree/main/examples/multimodal
 */
export function dynamoAnswer(
  request: Readonly<Record<string, unknown>>,
  descriptor: TransferDescriptor,
): Readonly<Record<string, unknown>> {
  const { shape, dtype } = descriptor;
  return {
    ...request,
    multimodal_input: { ...(request.multimodal_input as object), audio_url: null },
    embeddings_shape: shape,
    embedding_dtype_str: dtype,
    serialized_request: serialized(descriptor),
  };
}

/** What Dynamo's receivers take; a descriptor that none of them takes is for `TensorReceiver`. */
function serialized(descriptor: TransferDescriptor): unknown {
  if (descriptor.mode === 'nixl') return descriptor.serialized_request;
  return descriptor.mode === 'file' && descriptor.layout === 'dynamo' ? descriptor.path : descriptor;
}
