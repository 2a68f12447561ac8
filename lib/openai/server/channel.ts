/** A file of a form. */
export interface UploadedFile {
  readonly bytes: Uint8Array;
  /** Servers find the format by the extension. */
  readonly name: string;
  readonly mediaType: string;
}

/** A form with one file. Lists and objects are fields of their own, as OpenAI's SDK writes them. */
export interface UploadForm {
  readonly file: UploadedFile;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An answer with the status 200. Whoever has it reads its body, or stops it. */
export interface Answer {
  /** The server that gave it, for messages. */
  readonly server: string;
  /** In lower case, with its parameters. */
  readonly contentType: string;
  /** Hz of PCM, where the server says it. */
  readonly sampleRate: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A way to a server that speaks OpenAI's API. */
export interface Channel {
  /**
   * @throws {CochleaError} The server cannot be reached, or answers another status.
   * @throws {AbortError} The signal aborted.
   */
  upload(
    route: '/audio/transcriptions' | '/audio/translations',
    form: UploadForm,
    signal: AbortSignal,
  ): Promise<Answer>;
  /** @throws As `upload`. */
  speech(body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Answer>;
  /** @throws As `upload`. */
  models(signal: AbortSignal): Promise<Answer>;
}
