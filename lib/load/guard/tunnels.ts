import type { buildConnector, Dispatcher, Pool } from 'undici/index.js';
import { undici } from '../../async/undici.js';

type Options = Dispatcher.ConnectOptions;

/**
 * Connections to a proxy, for the tunnels that undici's ProxyAgent asks for.
 *
 * @param timeout Milliseconds for opening a tunnel.
 * @param watched Wraps a connector, to watch its sockets.
 */
export function tunnels(
  proxy: URL,
  options: Pool.Options,
  timeout: number,
  watched: (connect: buildConnector.connector) => buildConnector.connector,
): Pool {
  // ProxyAgent gives a connector, made of its options.
  const connect = watched(options.connect as buildConnector.connector);
  const { Pool: Connections } = undici();
  const pool = new Connections(proxy, { ...options, connect, headersTimeout: timeout });
  const ask: (options: Options) => Promise<Dispatcher.ConnectData> = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (options: Options) =>
      ask(options).catch((cause) => {
        // The agent ignores a closed connection: it would ask the proxy again at once, for ever.
        if (cause.code === 'UND_ERR_SOCKET') throw failure('the proxy closed the connection', 'ECONNRESET', cause);
        // Says that it is the proxy, not the host of the address, that speaks no HTTP.
        if (cause.name === 'HTTPParserError') throw failure('the proxy speaks no HTTP', 'UND_ERR_ABORTED', cause);
        throw cause;
      }),
  });
}

function failure(message: string, code: string, cause: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
