import { ServiceError } from './service.js';

/** Formats of MediaRecorder, and what files of them are called. */
const extensions = { 'audio/webm': 'webm', 'audio/ogg': 'ogg', 'audio/mp4': 'm4a', 'video/webm': 'webm' };

/** Whether this browser records here: it must come by https, or from this machine. */
export const canRecord = () => globalThis.MediaRecorder !== undefined && navigator.mediaDevices !== undefined;

/** A recording from the microphone. It owns the microphone until it is stopped or thrown away. */
export class Recording {
  #recorder;
  #chunks = [];
  /** A microphone that is pulled out stops it as well. */
  #stopped;

  /** @throws {ServiceError} There is no microphone, or it is not allowed. */
  static async start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((cause) => {
      throw new ServiceError({
        code: cause.name,
        message: 'the microphone cannot be used',
        remedy: 'Plug one in, and let this page use it in the settings of the browser.',
      });
    });
    return new Recording(stream);
  }

  constructor(stream) {
    this.#recorder = new MediaRecorder(stream);
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#chunks.push(data));
    this.#stopped = new Promise((resolve) => this.#recorder.addEventListener('stop', resolve));
    this.#recorder.start(1000);
  }

  /** Resolves to the file. */
  async stop() {
    this.discard();
    await this.#stopped;
    const [type] = this.#recorder.mimeType.split(';');
    return new File(this.#chunks, `recording.${extensions[type] ?? 'webm'}`, { type });
  }

  discard() {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    for (const track of this.#recorder.stream.getTracks()) track.stop();
  }
}
