import type { InferenceSession } from 'onnxruntime-node';
import type { Device } from './thread_messages.js';

/** Of all sessions, by the names of ONNX Runtime without `session.`. */
const entries = {
  // Idle threads sleep, instead of spinning on the cores that the event loop needs.
  'intra_op.allow_spinning': '0',
  // Sums of products of 8-bit integers that processors with AVX2, but without VNNI, would cut off at 16 bits.
  x64quantprecision: '1',
};

/**
 * Options with which ONNX Runtime runs a model. `alone`: operators that the provider lacks are an error, instead of
 * running on the CPU. Real models cannot be that strict: ONNX Runtime itself puts the arithmetic of shapes on the CPU.
 */
export function sessionOptions(
  { provider, deviceId, threads }: Device,
  alone = false,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider === 'cuda' ? { name: provider, deviceId } : provider],
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    graphOptimizationLevel: 'all',
    // Memory of a run goes back to the system: the arena would keep the most that any run has taken, at the same speed.
    ...(provider === 'cpu' && { enableCpuMemArena: false }),
    // Fatal messages only: others arrive as errors, and standard error belongs to the application.
    logSeverityLevel: 4,
    extra: { session: { ...entries, ...(alone && provider !== 'cpu' && { disable_cpu_ep_fallback: '1' }) } },
  };
}

/** The same for a `BoundModel`. */
export function nativeOptions({ threads = 0 }: Device): {
  readonly threads: number;
  readonly config: Readonly<Record<string, string>>;
} {
  const config = Object.entries(entries).map(([key, value]) => [`session.${key}`, value]);
  return { threads, config: Object.fromEntries(config) as Record<string, string> };
}
