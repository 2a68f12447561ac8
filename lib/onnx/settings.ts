import type { InferenceSession } from 'onnxruntime-node';
import type { LoadOptions } from './messages.js';

/** How ONNX Runtime runs a model. */
export function sessionOptions({ provider, deviceId, strict }: LoadOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider === 'cuda' ? { name: provider, deviceId } : provider],
    graphOptimizationLevel: 'all',
    // Only what is fatal: all else comes back as an error, and standard error belongs to the application.
    logSeverityLevel: 4,
    extra: {
      session: {
        ...(strict && { disable_cpu_ep_fallback: '1' }),
        // Threads that have nothing to do sleep, instead of spinning on the cores that the event loop needs.
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
