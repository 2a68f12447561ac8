// How connections are used, and given back.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { answerAll, clipLine, clips, listening, ndjson, summaryLine, textOf, told } from './services.js';

describe('connections', () => {
  async function counting(answer: (response: ServerResponse) => void) {
    const sockets = new Set<Socket>();
    let opened = 0;
    let most = 0;
    const { server, address } = await listening(async (request, response) => {
      const { items } = JSON.parse(await textOf(request));
      response.writeHead(200, ndjson);
      for (const [index, item] of items.entries()) response.write(await clipLine(index, item));
      answer(response);
    });
    server.on('connection', (socket) => {
      opened++;
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.once('close', () => sockets.delete(socket));
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { address, counts: () => ({ opened, most }) };
  }

  test('are used again', async () => {
    const { address, counts } = await counting((response) => {
      response.write(summaryLine);
      setTimeout(() => response.end(), 5);
    });
    await using client = new EncodeClient({ addresses: address });
    for (let i = 0; i < 20; i++) {
      await client.embed({ items: clips(2) });
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(counts().opened).toBeLessThanOrEqual(3);
  });

  test('that a service closed while they were idle: a new one is made, and the service is not to blame', async () => {
    const used = new Set<unknown>();
    const { address, asked } = await told((each, response, { socket }) => {
      if (used.has(socket)) socket.destroy();
      used.add(socket);
      return answerAll(each, response);
    });
    const other = await told(answerAll);
    await using client = new EncodeClient({ addresses: [address, other.address] });
    // To both, and again to the first.
    for (let i = 0; i < 3; i++) {
      await client.embed({ items: clips(1) });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect([asked.length, other.asked.length]).toEqual([3, 1]);
    expect(client.stats.map(({ failures }) => failures)).toEqual([0, 0]);
  });

  test('that are idle for longer than their time: an answer that takes as long is not', async () => {
    const { address, asked } = await told(async (each, response) => {
      await new Promise((resolve) => setTimeout(resolve, 4500));
      return answerAll(each, response);
    });
    await using client = new EncodeClient({ addresses: address });
    expect(await client.embed('https://example.com/1')).toHaveProperty('tensor');
    expect(asked.length).toBe(1);
  });

  test('are no more than the option says', async () => {
    const { address, counts } = await counting((response) => setTimeout(() => response.end(summaryLine), 20));
    await using client = new EncodeClient({ addresses: address, connections: 2 });
    await Promise.all(Array.from({ length: 12 }, () => client.embed({ items: clips(1) })));
    expect(counts()).toEqual({ opened: 2, most: 2 });
  });

  test('are closed if a service does not end its answer after the summary', async () => {
    const { address } = await told(async ({ items }, response) => {
      response.writeHead(200, ndjson).write((await clipLine(0, items[0] ?? {})) + summaryLine);
      await once(response, 'close');
      ended();
    });
    let ended = (): void => {};
    const gone = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await using client = new EncodeClient({ addresses: address });
    await client.embed({ items: clips(1) });
    await gone;
  });
});
