import { openAgent } from './agent.js';
import { findNixl } from './library.js';

/** Bytes. */
const little = 1024 ** 2;

/** Whether NIXL is there and starts, or what is missing. */
export async function describeNixl(): Promise<{ readonly available: boolean; readonly detail: string }> {
  try {
    const { path, version } = findNixl();
    const { agent } = await openAgent({}, little, () => {});
    await agent.close();
    return { available: true, detail: `${version ?? 'of an unknown version'}: ${path}` };
  } catch (error) {
    return { available: false, detail: (error as Error).message };
  }
}
