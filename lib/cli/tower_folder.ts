import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The library also takes a single `.onnx` file, if an option says what model it is. No command has that option.
 *
 * @throws {TypeError} `path` is a file. The message names the folder.
 */
export async function checkTowerFolder(path: string, option = '--tower'): Promise<void> {
  // Whatever else is wrong, loading it says better.
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return;
  throw new TypeError(
    `${option} must be the folder that holds cochlea.json and the model, not the file ${path}: try ${option} ${dirname(path)}`,
  );
}
