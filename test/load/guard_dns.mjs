// A DNS server for tests, also for those in processes of their own: UDP, answers of TTL 0 for A and AAAA.
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

const types = { 1: 'A', 5: 'CNAME', 28: 'AAAA' };
const codes = { A: 1, CNAME: 5, AAAA: 28 };
const failures = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/**
 * Names that lead to addresses, or to another name (`CNAME name`); or to the name of a failure. What is a function
 * is asked each time, with how many times the name was asked for this type before. Other names do not exist.
 *
 * @typedef {readonly string[] | keyof failures} Answer
 * @typedef {Record<string, Answer | ((times: number) => Answer)>} Zone
 */
export class DnsServer {
  /** What was asked for, such as `A good.test`. */
  queries = [];
  #socket = createSocket('udp4');
  #zone;

  /** @param {Zone} zone */
  constructor(zone) {
    this.#zone = zone;
    this.#socket.on('message', (query, { port, address }) => this.#socket.send(this.#reply(query), port, address));
  }

  async listen(port = 0) {
    this.#socket.bind(port, '127.0.0.1');
    await once(this.#socket, 'listening');
    return this.#socket.address().port;
  }

  close() {
    this.#socket.close();
  }

  #reply(query) {
    const { name, end } = nameAt(query, 12);
    const type = types[query.readUInt16BE(end)];
    const { failure, records } = this.#answer(name.toLowerCase(), type);
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | failure, 2);
    for (const [at, count] of [1, records.length, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * at);
    return Buffer.concat([header, query.subarray(12, end + 4), ...records]);
  }

  #answer(name, type) {
    const asked = `${type} ${name}`;
    const times = this.queries.filter((query) => query === asked).length;
    this.queries.push(asked);
    const entry = this.#zone[name] ?? 'NXDOMAIN';
    const answer = typeof entry === 'function' ? entry(times) : entry;
    if (typeof answer === 'string') return { failure: failures[answer], records: [] };
    return { failure: 0, records: answer.flatMap((each) => this.#records(name, each, type)) };
  }

  #records(name, answer, type) {
    const [, alias] = /^CNAME (.*)/.exec(answer) ?? [];
    if (alias !== undefined) {
      const behind = this.#zone[alias].flatMap((each) => this.#records(alias, each, type));
      return [record(name, 'CNAME', encodedName(alias)), ...behind];
    }
    const found = answer.includes(':') ? 'AAAA' : 'A';
    return found === type ? [record(name, type, Buffer.from(ipaddr.parse(answer).toByteArray()))] : [];
  }
}

function nameAt(message, start) {
  const labels = [];
  let at = start;
  for (let length = message[at]; length > 0; length = message[at]) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function encodedName(name) {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function record(name, type, data) {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(codes[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodedName(name), fixed, data]);
}

/**
 * Looks names up by this server alone, with the resolver of Node: first A, then AAAA.
 *
 * @returns {import('node:net').LookupFunction}
 */
export function lookupBy(port) {
  const resolver = new Resolver({ tries: 1, timeout: 2000 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return async (name, _, callback) => {
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const answers = found.flatMap(({ value = [] }, i) =>
      value.map((address) => ({ address, family: i === 0 ? 4 : 6 })),
    );
    if (answers.length > 0) callback(null, answers);
    else callback(found[0].reason, []);
  };
}
