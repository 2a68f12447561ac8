import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AudioLoader } from '../../load/index.js';
import type { HeldTensors, TensorSender } from '../../transfer/index.js';
import type { EncodeWorker } from '../../worker/index.js';
import { peer } from '../peers.js';
import type { Budget } from './budget.js';
import type { Gate } from './gate.js';

/** What the metrics tell of. */
export interface Measured {
  readonly gate: Gate;
  readonly bodies: Budget;
  readonly loader: AudioLoader;
  readonly transfers: readonly TensorSender[];
  /** `undefined` while there is none. */
  readonly worker: () => EncodeWorker | undefined;
}

/** What a stage says when it ends; `frames` and `sampleRate`: a decode. */
export interface StageEvent {
  readonly milliseconds: number;
  readonly frames?: number;
  readonly sampleRate?: number;
  readonly error?: string;
}

/** Seconds: from a hit in a cache to a long recording. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of one service, in its registry. */
export class Instruments {
  readonly registry: Registry;
  readonly #requests: Histogram;
  readonly #durations: Histogram;
  readonly #audio: Counter;
  readonly #delay = monitorEventLoopDelay({ resolution: 10 });

  constructor(measured: Measured, given: Registry | undefined) {
    const prom = peer<typeof import('prom-client')>('prom-client');
    const registry = given ?? new prom.Registry();
    const registers = [registry];
    this.registry = registry;
    this.#requests = new prom.Histogram({
      name: 'cochlea_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer, by route and status.',
      labelNames: ['route', 'status'],
      buckets,
      registers,
    });
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new prom.Gauge({
        name: `cochlea_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const { gate, bodies, loader, transfers, worker } = measured;
    gauge('requests_running', 'Requests that are worked on.', () => gate.running);
    gauge('requests_waiting', 'Requests that wait for their turn.', () => gate.waiting);
    gauge('bodies_bytes', 'Bytes of request bodies in memory.', () => bodies.used);
    gauge('clips_running', 'Clips of embedding requests that are worked on.', () => worker()?.stats.running ?? 0);
    gauge('clips_waiting', 'Clips of embedding requests that wait.', () => worker()?.stats.waiting ?? 0);
    gauge('cache_bytes', 'Bytes of decoded audio in the cache.', () => loader.stats().bytes);
    gauge('cache_entries', 'Decoded audios in the cache.', () => loader.stats().entries);
    this.#counts(prom, registers, loader);
    this.#held(prom, registers, transfers);
    this.#eventLoop(prom, registers);
    this.#durations = new prom.Histogram({
      name: 'cochlea_stage_duration_seconds',
      help: 'How long each stage took, in this process.',
      labelNames: ['stage'],
      buckets,
      registers,
    });
    this.#audio = new prom.Counter({
      name: 'cochlea_audio_seconds_total',
      help: 'Seconds of audio that were decoded, in this process.',
      registers,
    });
  }

  /** A request has ended. */
  observe(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status }, seconds);
  }

  /** A stage has ended. */
  stage(stage: string, { milliseconds, frames = 0, sampleRate = 1, error }: StageEvent): void {
    this.#durations.observe({ stage }, milliseconds / 1000);
    if (stage === 'decode' && error === undefined) this.#audio.inc(frames / sampleRate);
  }

  close(): void {
    this.#delay.disable();
  }

  #counts(prom: typeof import('prom-client'), registers: Registry[], loader: AudioLoader): void {
    const names = ['hits', 'misses', 'coalesced', 'evictions'] as const;
    const last = { hits: 0, misses: 0, coalesced: 0, evictions: 0 };
    new prom.Counter({
      name: 'cochlea_cache_total',
      help: 'What became of loads: from the cache, decoded, shared with another load; and what was dropped.',
      labelNames: ['outcome'],
      registers,
      collect() {
        const now = loader.stats();
        for (const outcome of names) {
          this.inc({ outcome }, now[outcome] - last[outcome]);
          last[outcome] = now[outcome];
        }
      },
    });
  }

  #held(prom: typeof import('prom-client'), registers: Registry[], transfers: readonly TensorSender[]): void {
    const held = (what: keyof HeldTensors, help: string): void => {
      new prom.Gauge({
        name: `cochlea_transfer_held_${what}`,
        help,
        labelNames: ['mode'],
        registers,
        collect() {
          for (const { mode, held } of transfers) this.set({ mode }, held[what]);
        },
      });
    };
    held('bytes', 'Bytes of tensors that wait for their receivers.');
    held('tensors', 'Tensors that wait for their receivers.');
  }

  #eventLoop(prom: typeof import('prom-client'), registers: Registry[]): void {
    const delay = this.#delay;
    delay.enable();
    new prom.Gauge({
      name: 'cochlea_event_loop_delay_seconds',
      help: 'How late the event loop was, since the last collection.',
      labelNames: ['quantile'],
      registers,
      collect() {
        for (const quantile of [0.5, 0.9, 0.99]) this.set({ quantile }, delay.percentile(quantile * 100) / 1e9);
        this.set({ quantile: 1 }, delay.max / 1e9);
        delay.reset();
      },
    });
  }
}
