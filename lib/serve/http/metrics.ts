import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Registry } from 'prom-client';
import { expectPeer } from '../peers.js';
import { Instruments, type Measured, type StageEvent } from './instruments.js';

/** The channels of `node:diagnostics_channel` that report the end of each stage. */
const stages = ['fetch', 'decode', 'features', 'tower', 'transfer'] as const;

/** Counts what a service does. prom-client is loaded with the first count or the first look at them. */
export class Metrics {
  readonly #make: () => Instruments;
  readonly #listening: (() => void)[] = [];
  #made: Instruments | undefined;

  /** In a registry that is there already, they are at once. */
  constructor(measured: Measured, given: Registry | (() => Registry) | undefined) {
    expectPeer('prom-client');
    this.#make = () => new Instruments(measured, typeof given === 'function' ? given() : given);
    if (typeof given === 'object') this.#made = this.#make();
    for (const stage of stages) {
      const listen = (message: unknown): void => this.#instruments.stage(stage, message as StageEvent);
      subscribe(`cochlea:${stage}`, listen);
      this.#listening.push(() => unsubscribe(`cochlea:${stage}`, listen));
    }
  }

  get registry(): Registry {
    return this.#instruments.registry;
  }

  /** A request has ended. */
  observe(route: string, status: number, seconds: number): void {
    this.#instruments.observe(route, status, seconds);
  }

  close(): void {
    for (const stop of this.#listening) stop();
    this.#made?.close();
  }

  get #instruments(): Instruments {
    this.#made ??= this.#make();
    return this.#made;
  }
}
