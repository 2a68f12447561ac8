import { DeviceThread } from './device_thread.js';
import type { Device } from './thread_messages.js';

/** How something gets onto the thread of a device, and off it. */
export interface Residence<Loaded> {
  load(thread: DeviceThread): Promise<Loaded>;
  release(thread: DeviceThread): Promise<unknown>;
}

/** What stays on the thread of its device: a model, or a program. Loaded again if that thread has ended. */
export class Resident<Loaded> {
  readonly #device: Device;
  readonly #residence: Residence<Loaded>;
  #thread: DeviceThread | undefined;
  #loading: Promise<Loaded> | undefined;

  constructor(device: Device, residence: Residence<Loaded>) {
    this.#device = device;
    this.#residence = residence;
  }

  /** Returns at once if it is loaded. */
  load(): Promise<Loaded> {
    if (this.#loading === undefined || this.#thread === undefined || this.#thread.ended) {
      this.#thread = DeviceThread.join(this.#device);
      this.#loading = this.#loadOn(this.#thread);
    }
    return this.#loading;
  }

  /** The thread, once it is loaded there. */
  async thread(): Promise<DeviceThread> {
    await this.load();
    return this.#thread as DeviceThread;
  }

  async release(): Promise<void> {
    try {
      await this.#loading;
      if (this.#thread !== undefined) await this.#residence.release(this.#thread);
    } catch {
      // It failed to load again, or its thread has ended: there is nothing to release.
      return;
    }
    await this.#thread?.leave();
  }

  async #loadOn(thread: DeviceThread): Promise<Loaded> {
    try {
      return await this.#residence.load(thread);
    } catch (error) {
      // The next call may already have started to load it again.
      if (this.#thread === thread) this.#thread = undefined;
      await thread.leave();
      throw error;
    }
  }
}
