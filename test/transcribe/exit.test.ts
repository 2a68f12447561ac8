// A process whose last act is to close a transcriber ends when that is done. The end of a window used to arrive after the
// thread was told to end; nothing kept the process alive then, and Node ended it with 13, at an await that never settled.
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { start } from '../cli/command.js';
import { fixture } from '../features/signals.js';
import { speechFile } from '../serve/service.js';

const entry = new URL('../../dist/transcribe/index.js', import.meta.url).href;
const program = (end: string) => `
  const { Transcriber } = await import('${entry}');
  const transcriber = await Transcriber.load(new URL('${pathToFileURL(fixture('transcribe/small')).href}'));
  ${end}
  await transcriber.close();
  console.log('closed');`;

test.each([
  ['after a call', `await transcriber.transcribe('${speechFile}');`],
  [
    'after a call that was aborted in the middle',
    `
    const stop = new AbortController();
    const data = Float32Array.from({ length: 960_000 }, (_, i) => Math.sin(i / 7) / 4);
    const call = transcriber.transcribe({ data, sampleRate: 16_000 }, { signal: stop.signal, windows: 'parallel' });
    setTimeout(() => stop.abort(), 300);
    await call.catch(({ name }) => console.log(name));`,
  ],
])('%s', async (_, end) => {
  const { code, stdout, stderr } = await start('--input-type=module', ['--eval', program(end)]).finished;
  expect({ code, stdout: stdout.trim().split('\n').at(-1), stderr }).toEqual({ code: 0, stdout: 'closed', stderr: '' });
});
