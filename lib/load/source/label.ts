/**
 * Labels name a source in errors and diagnostics: at most 120 characters on one line, without the query, the
 * credentials or the content.
 */

const longest = 120;
/** The longest path on Linux. */
const longestPath = 4096;

/** Scheme, host and path of an http(s) address. Only the scheme of others: where they hold credentials is not known. */
export function addressLabel(url: URL): string {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return textLabel(url.href);
  return label(`${url.protocol}//${url.host}${url.pathname}`);
}

/**
 * For text that cannot be parsed as an address: only its scheme, since the rest may be secret (`name:password@host`).
 */
export function textLabel(text: string): string {
  return label(/^[a-z][a-z0-9+.-]{0,20}:(?=\/\/)/i.exec(text)?.[0] ?? 'address');
}

export function dataLabel(header: string, characters: number): string {
  return label(`data:${mediaType(header)} (${characters} characters)`);
}

export function partLabel(format: unknown, characters: number): string {
  return label(`input_audio ${mediaType(format)} (${characters} characters)`);
}

export function bytesLabel(bytes: number): string {
  return label(`${bytes} bytes`);
}

/**
 * Only the name of the file: the folder must not be revealed. Text that is longer than any path is probably content
 * without `data:`. Text with a query or credentials is probably an address without its scheme.
 */
export function fileLabel(path: string): string {
  if (path.length > longestPath) return `path (${path.length} characters)`;
  const [plain = ''] = path.split(/[?#]/, 1);
  return label(`file ${plain.slice(plain.lastIndexOf('/') + 1).replace(/^.*:.*@/s, '')}`);
}

/** The text if it looks like a media type or a format. Anything else may be content. */
function mediaType(text: unknown): string {
  // A client's JSON may hold anything there, even what cannot become a string.
  const type = typeof text === 'string' ? /^[\w.+-]{1,40}(\/[\w.+-]{1,40})?/.exec(text) : null;
  return type?.[0] ?? 'audio';
}

export function label(text: string): string {
  // Replaces control characters, and characters that reverse or hide text.
  const plain = text.slice(0, 2 * longest + 2).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
