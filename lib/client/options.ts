import { checkSignal, optionsOf, typeError, wholeNumber, word } from '../checks.js';
import type { TensorReceiver, TransferMode } from '../transfer/index.js';
import type { EncodeCallOptions, EncodeClientOptions } from './types.js';

/** The options of a client, checked. */
export interface ClientSetting {
  readonly addresses: readonly URL[];
  readonly apiKey: string | undefined;
  readonly receiver: TensorReceiver | undefined;
  readonly timeout: number;
  readonly retries: number;
  readonly connections: number;
  readonly maxLineBytes: number;
}

const names = ['addresses', 'apiKey', 'receiver', 'timeout', 'retries', 'connections', 'maxLineBytes'];
const modes = ['inline', 'http', 'file', 'nixl'];
const most = 2 ** 31 - 1;
/** A line becomes a string: those of Node 20 have fewer than 2^29 characters. */
const longestLine = 2 ** 29 - 25;

/** @throws {TypeError | RangeError} */
export function checkClientOptions(given: EncodeClientOptions): ClientSetting {
  const options = optionsOf('options', given, names);
  const { addresses, apiKey, receiver, timeout = 60_000, retries = 5, connections = 128 } = options;
  const texts = typeof addresses === 'string' ? [addresses] : addresses;
  if (!Array.isArray(texts) || texts.length === 0) throw typeError('options.addresses', 'addresses', addresses);
  if (apiKey !== undefined) checkKey(apiKey);
  if (receiver !== undefined && typeof receiver?.receive !== 'function') {
    throw typeError('options.receiver', 'a TensorReceiver', receiver);
  }
  return {
    addresses: texts.map(addressOf),
    apiKey,
    receiver,
    timeout: wholeNumber('options.timeout', timeout, 1, most),
    retries: wholeNumber('options.retries', retries, 0, 1000),
    connections: wholeNumber('options.connections', connections, 1, most),
    maxLineBytes: wholeNumber('options.maxLineBytes', options.maxLineBytes ?? 128 * 1024 ** 2, 1024, longestLine),
  };
}

/** @throws {TypeError} */
export function checkCallOptions(given: EncodeCallOptions): {
  readonly signal: AbortSignal | undefined;
  readonly transfer: TransferMode | undefined;
} {
  const { signal, transfer } = optionsOf('options', given, ['signal', 'transfer']);
  checkSignal(signal);
  if (transfer !== undefined) word('options.transfer', transfer, modes);
  return { signal, transfer };
}

/** What a header can hold. The key itself is never shown. */
function checkKey(key: unknown): void {
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return;
  throw new TypeError('options.apiKey must be a string of visible ASCII characters, without spaces');
}

/** The address does not appear in the errors, since it may hold a password. */
function addressOf(text: unknown, index: number): URL {
  const name = `options.addresses[${index}]`;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${name} must be an http: or https: address, such as http://host:8000`);
  }
  if (url.username || url.password) throw new TypeError(`${name} must have no user name or password: see apiKey`);
  if (url.search || url.hash) throw new TypeError(`${name} must have neither a query nor a fragment`);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}
