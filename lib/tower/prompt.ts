import { flag, optionsOf, shown, typeError, wholeNumber } from '../checks.js';

/** The placeholder for audio in prompts of Qwen2-Audio. */
export const audioToken = '<|AUDIO|>';
/** The id of the placeholder in the vocabulary of Qwen2-Audio. */
export const audioTokenId = 151_646;

/**
 * Repeats each audio token of a prompt once per token of its clip, so that each stands for one row of `audioFeatures`.
 * This is what `Qwen2AudioProcessor` of transformers does. The text around it, such as `<|audio_bos|>` and
 * `<|audio_eos|>`, does not change.
 *
 * @param prompt Text with `<|AUDIO|>`, or token ids with 151646.
 * @param tokens Number of tokens of each clip, in the order of the prompt: `tokens` of the result of `embed`.
 * @throws {TypeError} An argument is of the wrong type.
 * @throws {RangeError} The number of audio tokens differs from the number of clips. So `<|AUDIO|>` in the text of a
 * user is an error, and does not put audio in the wrong place.
 * @example
 * const { tokens } = await tower.embed(clips);
 * const prompt = expandAudioTokens(qwen2AudioPrompt(messages), tokens);
 */
export function expandAudioTokens(prompt: string, tokens: readonly number[]): string;
export function expandAudioTokens(prompt: ArrayLike<number>, tokens: readonly number[]): number[];
export function expandAudioTokens(prompt: string | ArrayLike<number>, tokens: readonly number[]): string | number[] {
  if (!Array.isArray(tokens)) throw typeError('tokens', 'an array of whole numbers', tokens);
  for (const [i, count] of tokens.entries()) wholeNumber(`tokens[${i}]`, count, 1, Number.MAX_SAFE_INTEGER);
  if (typeof prompt === 'string') {
    const [before = '', ...others] = prompt.split(audioToken);
    checkCount(others.length, tokens.length);
    return before + others.map((after, i) => audioToken.repeat(tokens[i] as number) + after).join('');
  }
  if (typeof prompt !== 'object' || typeof prompt?.length !== 'number') {
    throw typeError('prompt', 'a string or an array of token ids', prompt);
  }
  const ids = Array.from(prompt);
  checkCount(ids.filter((id) => id === audioTokenId).length, tokens.length);
  let clip = 0;
  return ids.flatMap((id) => (id === audioTokenId ? new Array<number>(tokens[clip++] as number).fill(id) : id));
}

function checkCount(found: number, clips: number): void {
  if (found === clips) return;
  throw new RangeError(`the prompt has ${audioToken} ${found} times, but tokens are given for ${clips} clips`);
}

/** A part of a message: text, or audio in the words of transformers (`audio`) or OpenAI's API and vLLM. */
export type PromptPart =
  | {
      /** Plain text. */
      readonly type: 'text';
      /** The text. */
      readonly text: string;
    }
  | {
      /** Audio. Other fields of the part are ignored. */
      readonly type: 'audio' | 'audio_url' | 'input_audio';
    };

/** A message of a chat. */
export interface PromptMessage {
  /** `system`, `user` or `assistant`. */
  readonly role: string;
  /** Text, or parts in order. */
  readonly content: string | readonly PromptPart[];
}

/** Options of `qwen2AudioPrompt`. */
export interface PromptOptions {
  /** Whether the prompt ends where the assistant's answer begins. Default: true. */
  readonly addGenerationPrompt?: boolean | undefined;
}

/**
 * A chat as a prompt for Qwen2-Audio: the same text as `Qwen2AudioProcessor.apply_chat_template` of transformers. Each
 * audio part becomes a line `Audio 1: <|audio_bos|><|AUDIO|><|audio_eos|>`. The lines are numbered over the whole chat,
 * in the order in which `resolveAudioParts` of `cochlea/load` finds the parts. The audio itself is not read. A chat
 * that does not begin with a system message gets `You are a helpful assistant.`
 *
 * @throws {TypeError} A message or part is not as described.
 * @example
 * const messages = [{ role: 'user', content: [{ type: 'audio' }, { type: 'text', text: 'What is that sound?' }] }];
 * const prompt = qwen2AudioPrompt(messages);
 */
export function qwen2AudioPrompt(messages: readonly PromptMessage[], options: PromptOptions = {}): string {
  if (!Array.isArray(messages)) throw typeError('messages', 'an array', messages);
  const { addGenerationPrompt = true } = optionsOf('options', options, ['addGenerationPrompt']);
  flag('options.addGenerationPrompt', addGenerationPrompt);
  let audios = 0;
  const text = (part: PromptPart | null, name: string): string => {
    switch (part?.type) {
      case 'text':
        if (typeof part.text !== 'string') throw typeError(`${name}.text`, 'a string', part.text);
        return part.text;
      case 'audio':
      case 'audio_url':
      case 'input_audio':
        audios++;
        return `Audio ${audios}: <|audio_bos|>${audioToken}<|audio_eos|>\n`;
      default: {
        const type: unknown = (part as { type?: unknown } | null)?.type;
        throw typeError(`${name}.type`, "'text', 'audio', 'audio_url' or 'input_audio'", type);
      }
    }
  };
  const turns = messages.map((message: PromptMessage | null, i) => {
    const name = `messages[${i}]`;
    if (typeof message?.role !== 'string') throw typeError(`${name}.role`, 'a string', message?.role);
    const { role, content } = message;
    if (typeof content === 'string') return turn(role, content);
    if (Array.isArray(content)) {
      return turn(role, content.map((part, k) => text(part, `${name}.content[${k}]`)).join(''));
    }
    throw new TypeError(`${name}.content must be a string or an array of parts, got ${shown(content)}`);
  });
  const system =
    turns.length > 0 && messages[0]?.role !== 'system' ? turn('system', 'You are a helpful assistant.') : '';
  return system + turns.join('') + (addGenerationPrompt ? '<|im_start|>assistant\n' : '');
}

function turn(role: string, content: string): string {
  return `<|im_start|>${role}\n${content}<|im_end|>\n`;
}
