import { shown } from '../../checks.js';
import { SourceError } from '../../errors.js';
import { decodeBase64 } from './base64.js';
import { label, partLabel } from './label.js';

/** A part of a chat message that names audio by its address, a data URL among them. */
export interface AudioUrlPart {
  /** Says which part it is. */
  readonly type: 'audio_url';
  /** Where the audio is. */
  readonly audio_url: {
    /** An address or a data URL. */
    readonly url: string;
  };
}

/** A part of a chat message that holds audio: base64, without `data:` in front. */
export interface InputAudioPart {
  /** Says which part it is. */
  readonly type: 'input_audio';
  /** The audio itself. */
  readonly input_audio: {
    /** Base64 of an audio file. */
    readonly data: string;
    /** A hint (`wav`, `audio/x-wav`): the bytes decide. */
    readonly format?: string | undefined;
  };
}

/** A part of a chat message that a loader reads, named as in OpenAI's API and in vLLM. */
export type AudioPart = AudioUrlPart | InputAudioPart;

/** Audio in a chat, and where it stands. */
export interface ResolvedAudioPart {
  /** The part itself: what `load` takes. */
  readonly source: AudioPart;
  /** Index of the message. */
  readonly message: number;
  /** Index of the part in the message's content. */
  readonly part: number;
}

/** A chat message, as far as it matters here. A client may send anything. */
export interface ChatMessage {
  /** An array of parts, or plain text, which has no audio. */
  readonly content?: unknown;
}

/**
 * Finds the audio of a whole chat, in order: every part of type `audio_url` or `input_audio` of every message. Other
 * parts and plain text are skipped. Nothing is fetched or decoded.
 *
 * @throws {TypeError} `messages` is not an array.
 * @throws {SourceError} A part is malformed; `label` names it.
 * @example
 * const parts = resolveAudioParts(request.body.messages);
 * const outcomes = await loader.loadAll(parts.map(({ source }) => source));
 */
export function resolveAudioParts(messages: readonly ChatMessage[]): ResolvedAudioPart[] {
  if (!Array.isArray(messages)) throw new TypeError(`messages must be an array, got ${shown(messages)}`);
  return messages.flatMap((each: ChatMessage | null, message) => {
    const content = each?.content;
    if (!Array.isArray(content)) return [];
    return content.flatMap((value: unknown, part) => {
      if (!isAudioPart(value)) return [];
      const problem = partProblem(value);
      if (problem !== undefined) throw malformed(`messages[${message}].content[${part}]`, problem);
      return [{ source: value, message, part }];
    });
  });
}

/** Whether its `type` is that of an audio part. `partProblem` checks the rest. */
export function isAudioPart(value: unknown): value is AudioPart {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return type === 'audio_url' || type === 'input_audio';
}

/** The problem of a part that a client wrote, if there is one. Only its `type` has been checked. */
export function partProblem(part: AudioPart): string | undefined {
  if (part.type === 'audio_url') {
    const address: Partial<AudioUrlPart['audio_url']> | null | undefined = part.audio_url;
    return typeof address?.url === 'string' ? undefined : 'audio_url.url must be a string';
  }
  const audio: Partial<InputAudioPart['input_audio']> | null | undefined = part.input_audio;
  return typeof audio?.data === 'string' ? undefined : 'input_audio.data must be a string of base64';
}

/** The bytes of a part that holds audio, still in base64. */
export function inputAudio({ input_audio: { data, format } }: InputAudioPart): {
  label: string;
  decode(max: number): Uint8Array;
} {
  return {
    label: partLabel(format, data.length),
    decode(max) {
      if (/^data:/i.test(data)) {
        throw new SourceError(
          'ERR_AUDIO_SOURCE',
          'input_audio.data must be base64 alone, not a data URL, for which there is audio_url',
        );
      }
      return decodeBase64(data, max);
    },
  };
}

function malformed(name: string, problem: string): SourceError {
  const error = new SourceError('ERR_AUDIO_SOURCE', `${name}: ${problem}`);
  error.label = label(name);
  return error;
}
