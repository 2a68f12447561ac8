import type { Provider, ProviderChoice, ProviderReport } from './types.js';

export async function choose(
  wanted: ProviderChoice,
  _deviceId: number,
): Promise<{ provider: Provider; declined: readonly ProviderReport[] }> {
  return { provider: wanted === 'auto' ? 'cpu' : wanted, declined: [] };
}
