// The command line of tools/export/export_whisper.py as far as it goes without PyTorch: `-S` hides all packages.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../tools/export/export_whisper.py', import.meta.url));
const requirements = fileURLToPath(new URL('../../tools/export/requirements.txt', import.meta.url));

const run = (...args: string[]) => promisify(execFile)('python3', ['-S', script, ...args]);

describe('export_whisper.py', () => {
  test('--help names every option, and needs no package', async () => {
    const stdout = (await run('--help')).stdout.replace(/\s+/g, ' ');
    for (const option of ['--output', '--precision', '--encoder-only', '--vad FILE', '--random', '--seed']) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toContain('generation_config.json, tokenizer.json');
    expect(stdout).toContain('(default: fp32)');
  });

  test('without its packages it says how to install them, whatever it was asked for', async () => {
    for (const asked of [['checkpoint'], ['checkpoint', '--encoder-only'], ['--random']]) {
      await expect(run(...asked, '--output', 'none')).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          new RegExp(
            `^export_whisper\\.py: torch, transformers, safetensors, onnx, onnxscript, onnxruntime, numpy not found in this Python ` +
              `.*\\n {4}python3 -m venv .*\\n.*pip install -r ${requirements}\\n.*${asked[0]}.*--output none\\n$`,
          ),
        ),
      });
    }
  });

  test.each([
    [[], 'give the folder of a checkpoint, or --random'],
    [['checkpoint', '--random'], 'give the folder of a checkpoint, or --random'],
    [
      ['checkpoint', '--encoder-only', '--vad', 'vad.onnx'],
      '--vad is for transcribing: leave out --encoder-only and --random',
    ],
    [['--random', '--vad', 'vad.onnx'], '--vad is for transcribing: leave out --encoder-only and --random'],
    [['checkpoint', '--precision', 'int4'], "invalid choice: 'int4'"],
  ])('%j is refused', async (args, why) => {
    await expect(run(...args, '--output', 'none')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why),
    });
  });
});
