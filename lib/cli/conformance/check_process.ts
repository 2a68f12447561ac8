/** The process that `Checker` starts. It answers each message, which holds a check, with a verdict. */
import { AudioDecoder } from '../../index.js';
import { type CheckTask, check } from './check.js';

const decoder = new AudioDecoder();
process.on('message', (task: CheckTask) => {
  check(decoder, task).then(
    (verdict) => process.send?.(verdict),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      process.exit(1);
    },
  );
});
