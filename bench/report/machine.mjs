/** Where and when: without it a number means nothing. */
import os from 'node:os';
import { nodeVersion } from '../run/interpreters.mjs';

/** @param {string} command */
export function machine(command) {
  const cpus = os.cpus();
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    processor: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    kernel: `${os.type()} ${os.release()}`,
    node: nodeVersion(),
    loadBefore: Number(os.loadavg()[0]?.toFixed(2)),
  };
}

/** @param {ReturnType<typeof machine>} facts */
export const machineLine = (facts) =>
  `${facts.processor}, ${facts.cores} cores, ${facts.memory}, ${facts.kernel}, Node ${facts.node}, ${facts.date}; ` +
  `load average at the start ${facts.loadBefore}.`;
