import { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AddressRules } from '../../dist/load/guard/address_rules.js';
import { checkAddress } from '../../dist/load/guard/guard.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { bounds, isBlocked, networks4, networks6, text4, text6 } from './guard_networks.js';
import { countingLookup, expectRefusal, openLoader, Trap } from './guard_server.js';

/** However an address is written, the verdict is that of what it means. */

const sockets = vi.spyOn(Socket.prototype, 'connect');
const { lookup, asked } = countingLookup({});
const { port } = await Trap.open();
const loader = openLoader({ allowHttp: true, fetch: { lookup } });
const policy = { allowHttp: true, addresses: new AddressRules(false), hosts: null, urlLength: 16_384 };

afterEach(() => {
  expect({ sockets: sockets.mock.calls.length, asked }).toEqual({ sockets: 0, asked: [] });
});

const address = [
  ['octal', 'http://0177.0.0.1'],
  ['long octal', 'http://0000000177.0000.00.01'],
  ['hex', 'http://0x7f.0x0.0x0.0x1'],
  ['hex in upper case', 'http://0X7F.1'],
  ['one number', 'http://2130706433'],
  ['one octal number', 'http://017700000001'],
  ['one hex number', 'http://0x7f000001'],
  ['two parts', 'http://127.1'],
  ['three parts', 'http://127.0.1'],
  ['mixed', 'http://0x7f.0.01'],
  ['an empty hex number', 'http://127.0.0x.1'],
  ['a dot at the end', 'http://127.0.0.1.'],
  ['two dots at the end', 'http://127.0.0.1..'],
  ['percent', 'http://%31%32%37.0.0.1'],
  ['percent dots', 'http://127%2e0%2E0%2e1'],
  ['full width', 'http://１２７.０.０.１'],
  ['ideographic dots', 'http://127。0．0｡1'],
  ['circled digits', 'http://①②⑦.⓪.⓪.①'],
  ['mathematical digits', 'http://𝟏𝟐𝟕.𝟎.𝟎.𝟏'],
  ['soft hyphens', 'http://12\u00ad7.0.0.1'],
  ['zero', 'http://0'],
  ['IPv6 in upper case', 'http://[::FFFF:7F00:1]'],
  ['IPv6 in full', 'http://[0000:0000:0000:0000:0000:0000:0000:0001]'],
  ['a full-width IPv6 host', 'http://[::ffff:127.0.0.1]'],
  ['no user', 'http://@127.0.0.1'],
  ['no user and no password', 'http://:@127.0.0.1'],
  ['the public host in the fragment', 'http://127.0.0.1#@example.com/'],
  ['the public host in the query', 'http://127.0.0.1?@example.com/'],
  ['the public host in the path', 'http://127.0.0.1/@example.com/'],
  ['the public host after a backslash', 'http://127.0.0.1\\@example.com/'],
  ['backslashes', 'http:\\\\127.0.0.1\\'],
  ['one slash', 'http:/127.0.0.1'],
  ['no slash', 'http:127.0.0.1'],
  ['many slashes', 'http://///127.0.0.1'],
  ['a tab', 'http://127.0\t.0.1'],
  ['newlines', 'ht\ntp://127\r.0.0.1'],
  ['blanks in front', ' \0 \n http://127.0.0.1'],
  ['blanks behind', 'http://127.0.0.1/ \n'],
  ['a scheme in upper case', 'HTTP://127.0.0.1'],
] as const;

const host = [
  ['full width', 'http://ｌｏｃａｌｈｏｓｔ'],
  ['circled letters', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'],
  ['a long s', 'http://localhoſt'],
  ['a soft hyphen', 'http://local\u00adhost'],
  ['a zero-width space', 'http://local\u200bhost'],
  ['percent', 'http://%6c%6F%63alhost'],
  ['percent UTF-8', 'http://%EF%BD%8Cocalhost'],
  ['an ideographic dot at the end', 'http://localhost。'],
  ['an ideographic dot before the suffix', 'http://db。internal'],
  ['a tab', 'http://local\thost'],
  ['a Kelvin sign', 'http://\u212aubernetes.default'],
] as const;

const credentials = [
  ['the public host as user', 'http://example.com@127.0.0.1'],
  ['the private host as user', 'http://127.0.0.1@example.com'],
  ['user and password', 'http://secret:secret@example.com'],
  ['a password alone', 'http://:secret@example.com'],
  ['two at signs', 'http://a@secret@127.0.0.1'],
  ['an encoded at sign', 'http://secret%40127.0.0.1@example.com'],
] as const;

const scheme = [
  ['a zone', 'http://[fe80::1%25eth0]'],
  ['a zone without escape', 'http://[fe80::1%eth0]'],
  ['five parts', 'http://127.0.0.1.1'],
  ['a part too large', 'http://127.0.0.256'],
  ['a number too large', 'http://4294967296'],
  ['a NUL in the host', 'http://localhost%00.example.com'],
  ['a line break in the host', 'http://localhost%0a.example.com'],
  ['a blank in the host', 'http://local host'],
  ['an encoded slash in the host', 'http://example.com%2f@127.0.0.1%2f'],
  ['a port too large', 'http://example.com:65536'],
  ['no host', 'http://'],
  ['ftp', 'ftp://secret:secret@example.com/?secret'],
  ['gopher', 'gopher://127.0.0.1:70/?secret'],
  ['javascript', 'javascript:secret()'],
  ['blob', 'blob:https://example.com/secret'],
  ['a data URL with a newline', 'da\nta:audio/wav;base64,secretsecret'],
  ['an unknown scheme', 'keys:secret@127.0.0.1'],
  ['a protocol of FFmpeg', 'tcp://secret@127.0.0.1?secret'],
  ['another protocol of FFmpeg', 'concat:secret|secret'],
] as const;

describe.each(Object.entries({ address, host, credentials, scheme }))('refused because of its %s:', (reason, table) => {
  test.each<readonly [string, string]>(table)('%s', async (_, url) => {
    // The port of the trap, where there is place for one.
    const withPort = url.replace(/^(http:\/\/[^/?#\\@]*)$/, `$1:${port}`);
    for (const text of new Set([url, withPort, `${withPort}/?token=secret`])) {
      await expectRefusal(loader.load(text), reason);
      if (reason !== 'scheme') await expectRefusal(loader.load(text.replace(/http/i, 'https')), reason);
    }
  });
});

test('without allowHttp only https: is fetched', async () => {
  const strict = openLoader({ fetch: { lookup } });
  for (const url of ['http://example.com/?secret', `http://127.0.0.1:${port}/`, 'HTTP://example.com']) {
    await expectRefusal(strict.load(url), 'scheme');
  }
});

test('an address that is too long is refused before it is parsed', async () => {
  const started = performance.now();
  for (const url of [`https://example.com/${'a'.repeat(16_384)}`, `https://${'é.'.repeat(2 ** 23)}`]) {
    const error = await errorOf(loader.load(url));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'urlLength', fault: 'client', retryable: false });
    expect(error).toMatchObject({ max: 16_384, actual: url.length });
  }
  // To parse the second one takes ten seconds.
  expect(performance.now() - started).toBeLessThan(2000);
  // Escaped, it is three times as long.
  const escaped = await errorOf(
    openLoader({ fetch: { urlLength: 60, lookup } }).load(`https://a.example/${'é'.repeat(20)}`),
  );
  expect(escaped).toMatchObject({ limit: 'urlLength', max: 60, actual: 'https://a.example/'.length + 6 * 20 });
});

/** The number, by its edges as often as at random. */
function numbers(networks: readonly string[], family: 4 | 6): fc.Arbitrary<bigint> {
  const max = (1n << (family === 4 ? 32n : 128n)) - 1n;
  const edges = networks.flatMap((network) => {
    const { first, last } = bounds(network);
    return [first - 1n, first, first + 1n, last - 1n, last, last + 1n].filter((value) => value >= 0n && value <= max);
  });
  return fc.oneof(fc.bigInt(0n, max), fc.constantFrom(...edges));
}

const radix = fc.constantFrom<(value: bigint) => string>(
  (value) => String(value),
  (value) => `0x${value.toString(16)}`,
  (value) => `0X00${value.toString(16).toUpperCase()}`,
  (value) => `0${value.toString(8)}`,
  (value) => `000${value.toString(8)}`,
);
const disguise = fc.constantFrom<(character: string) => string>(
  (character) => character,
  (character) => `%${character.charCodeAt(0).toString(16)}`,
  // The full-width form.
  (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0),
);

/** A host that the WHATWG's URL standard reads as this IPv4 address. */
const spelled4 = fc
  .record({
    value: numbers(networks4, 4),
    parts: fc.integer({ min: 1, max: 4 }),
    radixes: fc.array(radix, { minLength: 4, maxLength: 4 }),
    dot: fc.boolean(),
    disguises: fc.infiniteStream(disguise),
  })
  .map(({ value, parts, radixes, dot, disguises }) => {
    const written = radixes.slice(0, parts).map((write, i) => {
      const shift = BigInt(24 - 8 * i);
      return write(i === parts - 1 ? value & ((1n << (shift + 8n)) - 1n) : (value >> shift) & 255n);
    });
    const plain = written.join('.') + (dot ? '.' : '');
    return { value, host: [...plain].map((character) => disguises.next().value(character)).join('') };
  });

const spelled6 = fc
  .record({ value: fc.oneof(numbers([...networks6, '::ffff:0:0/96', '64:ff9b::/96'], 6), embedded()), form: fc.nat(3) })
  .map(({ value, form }) => {
    const full = text6(value);
    const short = new URL(`http://[${full}]`).hostname.slice(1, -1);
    const dotted = `${full.split(':').slice(0, 6).join(':')}:${text4(value & 0xffff_ffffn)}`;
    return { value, host: [full, short, short.toUpperCase(), dotted][form] as string };
  });

/** Mapped, and of NAT64. */
function embedded(): fc.Arbitrary<bigint> {
  const prefix = fc.constantFrom(0xffffn << 32n, 0x64_ff9bn << 96n);
  return fc.tuple(prefix, numbers(networks4, 4)).map(([high, low]) => high | low);
}

/** Whether the guard refuses it; throws if it does so in another way than it should. */
function isRefused(url: string): boolean {
  try {
    checkAddress(url, policy);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ name: 'FetchRefusedError', reason: 'address' });
    return true;
  }
}

describe('for any', () => {
  test('IPv4 address in any spelling, the verdict is that of the dotted form, and that of the networks', () => {
    fc.assert(
      fc.property(spelled4, ({ value, host }) => {
        const refused = isRefused(`https://${host}/`);
        expect(refused).toBe(isRefused(`https://${text4(value)}/`));
        expect(refused).toBe(isBlocked(value, 4));
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  test('IPv6 address in any spelling, as part of an address and as an answer of a look-up', () => {
    fc.assert(
      fc.property(spelled6, ({ value, host }) => {
        expect(isRefused(`https://[${host}]/`)).toBe(isBlocked(value, 6));
        expect(policy.addresses.addressProblem(host) !== undefined).toBe(isBlocked(value, 6));
      }),
      { numRuns: 1000, seed: 6 },
    );
  });

  test('text, what is not an address that may be fetched is a typed error', () => {
    const pieces = fc.constantFrom(
      'http',
      's',
      ':',
      '/',
      '//',
      '\\',
      '@',
      '#',
      '?',
      '%',
      '[',
      ']',
      '.',
      '\t',
      '\0',
      '127',
      '0x7f',
    );
    const text = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ unit: 'grapheme', maxLength: 3 })))
        .map((all) => all.join('')),
    );
    let refused = 0;
    fc.assert(
      fc.property(text, fc.option(fc.webUrl(), { nil: undefined }), (text, base) => {
        let url: URL | undefined;
        const check = (): unknown => (url = checkAddress(text, policy, base === undefined ? undefined : new URL(base)));
        try {
          check();
        } catch {
          refused++;
          expect(thrownBy(check)).toMatchObject({ code: 'ERR_FETCH_REFUSED', fault: 'client' });
        }
        if (url) expect(url).toMatchObject({ protocol: /^https?:$/, username: '', password: '', hash: '' });
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(refused).toBeGreaterThan(80);
  });

  test('text, a loader that may fetch nothing rejects with a typed error and a label', async () => {
    const closed = openLoader({ allowedHosts: [], fetch: { lookup } });
    const text = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string({ unit: 'binary' }), fc.string());
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const error = await errorOf(closed.load(text));
        expect(error.code).toMatch(/^ERR_(FETCH_REFUSED|AUDIO_SOURCE)$/);
        expect(error.label).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]{1,120}$/u);
      }),
      { numRuns: 300, seed: 8 },
    );
  });
});
