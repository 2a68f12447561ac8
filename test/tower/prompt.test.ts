import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { whisperSpec } from '../../dist/features/index.js';
import { resolveAudioParts } from '../../dist/load/index.js';
import { audioTokenId, expandAudioTokens, type PromptMessage, qwen2AudioPrompt } from '../../dist/tower/index.js';
import { framesOf, pooledTokensOf } from '../../dist/tower/lengths.js';

/** tools/export/make_prompt_goldens.py makes it with the processor of transformers. */
interface Golden {
  readonly conversations: readonly {
    readonly name: string;
    readonly messages: readonly PromptMessage[];
    readonly addGenerationPrompt: boolean;
    readonly prompt: string;
  }[];
  readonly expansions: readonly {
    readonly text: string;
    readonly samples: readonly number[];
    readonly ids: readonly number[];
    readonly expandedIds: readonly number[];
    readonly expandedText: string;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../fixtures/towers/prompts.json', import.meta.url), 'utf8')) as Golden;

describe('the chat template', () => {
  test.each(golden.conversations)('of $name, generation prompt $addGenerationPrompt', (conversation) => {
    const { messages, addGenerationPrompt, prompt } = conversation;
    expect(qwen2AudioPrompt(messages, { addGenerationPrompt })).toBe(prompt);
    if (addGenerationPrompt) expect(qwen2AudioPrompt(messages)).toBe(prompt);
  });

  test('counts audio in the order in which the loader finds it, whatever it is called', () => {
    const part = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } } as const;
    const address = { type: 'audio_url', audio_url: { url: 'https://example.com/a.wav' } } as const;
    const messages: PromptMessage[] = [
      { role: 'user', content: [part, address] },
      { role: 'assistant', content: 'A bell.' },
      { role: 'user', content: [{ type: 'text', text: 'And' }, part] },
    ];
    const plain = messages.map(({ role, content }) => ({
      role,
      content:
        typeof content === 'string'
          ? content
          : content.map((each) => (each.type === 'text' ? each : ({ type: 'audio' } as const))),
    }));
    expect(qwen2AudioPrompt(messages)).toBe(qwen2AudioPrompt(plain));
    const audios = resolveAudioParts(messages).length;
    expect(audios).toBe(3);
    expect(expandAudioTokens(qwen2AudioPrompt(messages), [1, 1, 1])).toBe(qwen2AudioPrompt(messages));
  });

  test('names the part that it does not know', () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'Look' }, image] }] as unknown as PromptMessage[];
    expect(() => qwen2AudioPrompt(messages)).toThrow(
      new TypeError(
        "messages[0].content[1].type must be 'text', 'audio', 'audio_url' or 'input_audio', got 'image_url'",
      ),
    );
  });

  test.each([
    ['messages', 'no array', undefined],
    ['messages\\[0\\].role', 'a message without a role', [{ content: 'Hi' }]],
    ['messages\\[0\\].role', 'no message', [null]],
    ['messages\\[0\\].content', 'a message without content', [{ role: 'user' }]],
    ['messages\\[0\\].content\\[0\\].type', 'no part', [{ role: 'user', content: [null] }]],
    ['messages\\[0\\].content\\[0\\].text', 'text that is none', [{ role: 'user', content: [{ type: 'text' }] }]],
  ])('names %s of %s', (name, _, messages) => {
    expect(() => qwen2AudioPrompt(messages as unknown as PromptMessage[])).toThrow(new RegExp(`^${name} must be`));
    expect(() => qwen2AudioPrompt(messages as unknown as PromptMessage[])).toThrow(TypeError);
  });
});

describe('audio tokens', () => {
  const spec = whisperSpec(128);

  test.each(golden.expansions)('of $text are repeated as the processor does', (expansion) => {
    const tokens = expansion.samples.map((samples) => pooledTokensOf(framesOf(samples, spec)));
    expect(expandAudioTokens(expansion.text, tokens)).toBe(expansion.expandedText);
    expect(expandAudioTokens(expansion.ids, tokens)).toEqual(expansion.expandedIds);
    expect(expandAudioTokens(Int32Array.from(expansion.ids), tokens)).toEqual(expansion.expandedIds);
  });

  test('an id stands for itself alone', () => {
    expect(expandAudioTokens([1, audioTokenId, 2, audioTokenId], [2, 3])).toEqual([
      1, 151646, 151646, 2, 151646, 151646, 151646,
    ]);
    expect(expandAudioTokens([], [])).toEqual([]);
    expect(expandAudioTokens('no audio', [])).toBe('no audio');
  });

  test.each([
    ['too few', '<|AUDIO|>', [1, 2], 'the prompt has <|AUDIO|> 1 times, but tokens are given for 2 clips'],
    ['too many', [151646, 151646], [1], 'the prompt has <|AUDIO|> 2 times, but tokens are given for 1 clips'],
    ['none', 'Hi', [750], 'the prompt has <|AUDIO|> 0 times, but tokens are given for 1 clips'],
  ])('%s are an error that names both counts', (_, prompt, tokens, message) => {
    expect(() => expandAudioTokens(prompt as string, tokens)).toThrow(new RangeError(message));
  });

  test('what is no prompt and what are no tokens is named', () => {
    expect(() => expandAudioTokens(7 as unknown as string, [1])).toThrow(/^prompt must be/);
    expect(() => expandAudioTokens('<|AUDIO|>', 7 as unknown as number[])).toThrow(/^tokens must be/);
    expect(() => expandAudioTokens('<|AUDIO|>', [0])).toThrow(/^tokens\[0\] must be a whole number from 1/);
    expect(() => expandAudioTokens('<|AUDIO|>', [1.5])).toThrow(RangeError);
  });
});
