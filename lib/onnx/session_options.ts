import type { InferenceSession } from 'onnxruntime-node';
import type { Device } from './thread_messages.js';

/**
 * How ONNX Runtime runs a model. `alone`: what the provider does not have is an error, instead of running on the
 * processor. Real models are not that strict: ONNX Runtime itself puts the arithmetic of shapes there.
 */
export function sessionOptions({ provider, deviceId }: Device, alone = false): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider === 'cuda' ? { name: provider, deviceId } : provider],
    graphOptimizationLevel: 'all',
    // Only what is fatal: all else comes back as an error, and standard error belongs to the application.
    logSeverityLevel: 4,
    extra: {
      session: {
        ...(alone && provider !== 'cpu' && { disable_cpu_ep_fallback: '1' }),
        // Threads that have nothing to do sleep, instead of spinning on the cores that the event loop needs.
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
