import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CochleaError } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { decodeBase64 } from '../../dist/load/source/base64.js';
import { dataUrl } from '../../dist/load/source/data_url.js';
import { errorOf } from '../safe/outcome.js';
import { dataUrlOf, wavOf } from './cache_server.js';

/** Base64 against `atob`, data URLs against `fetch`: both are Node's, and standard. */

const seed = 20_251_124;
const max = 1e7;
const runs = { seed, numRuns: 1000 };

/** The bytes, or the code of the error. */
function outcome(decode: () => Uint8Array): string {
  try {
    return Buffer.from(decode()).toString('hex');
  } catch (error) {
    return (error as CochleaError).code;
  }
}
const ours = (text: string): string => outcome(() => decodeBase64(text, max));
const invalid = 'ERR_AUDIO_SOURCE';
function standard(text: string): string {
  try {
    return Buffer.from(atob(text), 'latin1').toString('hex');
  } catch {
    return invalid;
  }
}

const bytesOf = fc.uint8Array({ maxLength: 200 });
const space = fc.constantFrom(' ', '\t', '\n', '\r', '\f', '\r\n', '');
/** Base64 with something put into it anywhere. */
const with_ = (insert: fc.Arbitrary<string>) =>
  fc.tuple(bytesOf, fc.array(fc.tuple(fc.nat(), insert), { maxLength: 5 })).map(([bytes, inserts]) =>
    inserts.reduce((text, [at, what]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + what + text.slice(place);
    }, Buffer.from(bytes).toString('base64')),
  );

describe('base64', () => {
  test('with whitespace anywhere, with and without padding, is what went in', () => {
    fc.assert(
      fc.property(bytesOf, space, fc.boolean(), fc.integer({ min: 1, max: 80 }), (bytes, gap, isPadded, width) => {
        const text = Buffer.from(bytes).toString('base64');
        const cut = (isPadded ? text : text.replace(/=+$/, '')).replace(new RegExp(`.{${width}}`, 'g'), `$&${gap}`);
        expect(ours(cut)).toBe(Buffer.from(bytes).toString('hex'));
      }),
      runs,
    );
  });

  test.each([
    [
      'of the alphabet and near it',
      with_(fc.constantFrom('=', '==', '-', '_', '+', '/', 'A', '%', '.', ',', '\0', '\v')),
    ],
    ['of anything', with_(fc.string({ unit: 'binary', maxLength: 2 }))],
    [
      'that look like digits to their low byte',
      with_(fc.constantFrom('\u0141', '\u2041', '\u0130', '\uff21', '\u012b')),
    ],
    ['of spaces that are none', with_(fc.constantFrom('\u00a0', '\u2028', '\ufeff', '\u3000'))],
  ])('with insertions %s is what atob says: never silently less', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(ours(text)).toBe(standard(text));
      }),
      runs,
    );
  });

  test('of short texts is what atob says, for all of them', () => {
    const letters = ['A', 'Q', '/', '-', '=', ' ', '\n', 'é', '\u0141'];
    let texts = [''];
    for (let length = 0; length <= 5; length++) {
      for (const text of texts)
        if (ours(text) !== standard(text)) expect([text, ours(text)]).toEqual([text, standard(text)]);
      texts = texts.flatMap((text) => letters.map((letter) => text + letter));
    }
  });

  test('cut short or with a letter lost is never the whole', () => {
    const text = Buffer.from(wavOf(0.01)).toString('base64').replace(/=+$/, '');
    for (let at = 0; at < text.length; at++) {
      const lost = text.slice(0, at) + text.slice(at + 1);
      expect(ours(lost)).toBe(standard(lost));
      expect(ours(`${text.slice(0, at)}*${text.slice(at + 1)}`)).toBe(invalid);
    }
  });

  test('is as long as allowed, and no longer', () => {
    expect(decodeBase64('AAAA', 4)).toHaveLength(3);
    expect(outcome(() => decodeBase64('AAAA ', 4))).toBe('ERR_AUDIO_LIMIT');
  });
});

/** What `fetch` makes of it. */
async function fetched(url: string): Promise<string> {
  try {
    return Buffer.from(await (await fetch(url)).arrayBuffer()).toString('hex');
  } catch {
    return invalid;
  }
}
const oursOf = (url: string): string => outcome(() => dataUrl(url).decode(max));

describe('data URLs', () => {
  const escaped = (text: string, pick: (i: number) => boolean): string =>
    [...text].map((c, i) => (pick(i) ? `%${c.charCodeAt(0).toString(16).padStart(2, '0')}` : c)).join('');

  test('with escapes and whitespace are what went in', () => {
    fc.assert(
      fc.property(bytesOf, fc.nat(7), space, (bytes, rest, gap) => {
        const text = escaped(Buffer.from(bytes).toString('base64'), (i) => i % 8 <= rest);
        expect(oursOf(`data:audio/wav;base64,${gap}${text}${gap}`)).toBe(Buffer.from(bytes).toString('hex'));
      }),
      runs,
    );
  });

  const header = fc.constantFrom(
    'data:;base64',
    'DATA:audio/wav;BASE64',
    'data:audio/wav;codecs=1;base64',
    'data:audio/wav; base64',
    'data:audio/wav;base64 ',
    'data:audio/wav;\tbase64',
    '  data:audio/wav;base64',
    'data:base64;base64',
  );
  const body = with_(
    fc.constantFrom(
      '%',
      '%4',
      '%41',
      '%3D',
      '%3d',
      '%20',
      '%0A',
      '%zz',
      '=',
      '?',
      '&',
      '+',
      '%2B',
      '%c5%81',
      'é',
      '"',
      ' ',
    ),
  ).filter((text) => !text.includes('#'));

  test('are what fetch says: never silently less', async () => {
    await fc.assert(
      fc.asyncProperty(header, body, async (start, text) => {
        const url = `${start},${text}`;
        expect(oursOf(url)).toBe(await fetched(url));
      }),
      { seed, numRuns: 1500 },
    );
  });

  test.each([
    'data:audio/wav#;base64,AAAA',
    'data:audio/wav,AAAA',
    'data:audio/wav;base64;x=y,AAAA',
    'data:audio/wav;base64',
    'data:audio/wavbase64,AAAA',
    'data:audio/wav;base 64,AAAA',
    'data:,',
    'data:',
    `data:audio/wav;x=${'y'.repeat(256)};base64,AAAA`,
  ])('are refused: %s', async (url) => {
    await using loader = new AudioLoader();
    expect(await errorOf(loader.load(url))).toMatchObject({ code: invalid, fault: 'client', retryable: false });
  });

  test('have a header of at most 256 characters', () => {
    const url = (length: number): string => `data:${'x'.repeat(length - 'data:;base64,'.length)};base64,AAAA`;
    expect(oursOf(url(256))).toBe('000000');
    expect(oursOf(url(257))).toBe(invalid);
  });

  test('are capped as they are sent', async () => {
    const url = dataUrlOf(wavOf(0.1));
    const text = url.slice(url.indexOf(',') + 1);
    await using exact = new AudioLoader({ dataUrlBytes: text.length });
    expect((await exact.load(url)).frames).toBe(1600);
    await using loader = new AudioLoader({ dataUrlBytes: text.length - 1 });
    const limit = { code: 'ERR_AUDIO_LIMIT', limit: 'dataUrlBytes', max: text.length - 1, actual: text.length };
    expect(await errorOf(loader.load(url))).toMatchObject(limit);
    expect(await errorOf(loader.load({ type: 'input_audio', input_audio: { data: text } }))).toMatchObject(limit);
    expect(await errorOf(loader.load(`${url}${'%20'.repeat(1e6)}`))).toMatchObject({ limit: 'dataUrlBytes' });
  });
});

test('what is escaped or spaced counts as it was sent, and holds up nobody', async () => {
  await using loader = new AudioLoader({ dataUrlBytes: 1024 ** 2 });
  const escaped = `data:;base64,${'%41'.repeat(350_000)}`;
  const error = await loader.load(escaped).catch((error) => error);
  expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'dataUrlBytes' });
  const spaced = 'A '.repeat(2 ** 19);
  expect(decodeBase64(spaced, 2 ** 20).byteLength).toBe(Math.floor((2 ** 19 * 3) / 4));
});
