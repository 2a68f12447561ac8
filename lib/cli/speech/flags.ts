import type { Damage } from '../../openai/index.js';
import type { TranscribeOptions, TranscriberOptions } from '../../transcribe/index.js';
import type { Planned } from '../output/output_plan.js';
import type { SkipFlags } from '../output/skip.js';
import type { AddressFlags } from '../sources.js';
import type { ServerFlags } from './server.js';

/** Extensions of outputs, and the formats that they have. */
export const formats = ['txt', 'json', 'verbose_json', 'srt', 'vtt'] as const;
export type Format = (typeof formats)[number];

/** Values of the options of `cochlea transcribe`, as commander passes them. */
export interface TranscribeFlags extends ServerFlags, AddressFlags, SkipFlags {
  readonly output: string;
  readonly format?: Format | 'text';
  readonly language?: string;
  readonly prompt?: string;
  readonly temperature?: number;
  readonly words?: true;
  readonly translate?: true;
  readonly concurrency: number;
  readonly chain?: true;
  readonly partSeconds?: number;
  readonly partBytes?: number;
  readonly whisper?: string;
  readonly precision?: TranscriberOptions['precision'];
  readonly provider?: TranscriberOptions['provider'];
  readonly windows?: TranscribeOptions['windows'];
  readonly vad: boolean;
}

/** What was made of one source. */
export interface Made {
  /** As the format has it. */
  readonly result: string | object;
  /** Of the JSON line: how it was made. */
  readonly facts: { readonly parts: number } | { readonly language: string; readonly seconds: number };
  /** If there was any. */
  readonly damage?: Damage | undefined;
  /** To be called when the output is written. */
  readonly written?: () => void;
}

/** Makes text of sources: a server, or Whisper in this process. */
export interface Writer {
  /** Sources that it works on at a time. */
  readonly jobs: number;
  make(planned: Planned<Format>): Promise<Made>;
  close(): Promise<void>;
}
