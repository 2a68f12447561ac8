/**
 * Labels name a source in errors and diagnostics: at most 120 characters on one line, without the query, the
 * credentials or the content.
 */

const longest = 120;

/** Scheme, host and path. What follows the scheme of an address without a host may be anything, content too. */
export function addressLabel(url: URL): string {
  return label(url.host === '' ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`);
}

/** Of text that is no address that can be read: what comes before anything that may be secret. */
export function textLabel(text: string): string {
  return label(/^[a-z][a-z0-9+.-]{0,20}:/i.exec(text)?.[0] ?? 'address');
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
 * The name alone: where a service keeps its files is nobody's business. Without what would be the query or the
 * credentials of an address whose scheme was forgotten.
 */
export function fileLabel(path: string): string {
  const [plain = ''] = path.split(/[?#]/, 1);
  const name = plain.slice(plain.lastIndexOf('/') + 1);
  const at = name.indexOf('@');
  return label(`file ${name.slice(0, Math.max(at, 0)).includes(':') ? name.slice(at + 1) : name}`);
}

/** What looks like a media type or a format; anything else may be content. */
function mediaType(text: unknown): string {
  return /^[\w.+-]{1,40}(\/[\w.+-]{1,40})?/.exec(String(text))?.[0] ?? 'audio';
}

export function label(text: string): string {
  // Control characters, and those that turn or hide text.
  const plain = text.slice(0, 2 * longest + 2).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
