import type { TowerOptions } from '../../tower/index.js';
import type { EncodeWorkerOptions } from '../../worker/index.js';

/** Values of the options of `cochlea serve`, as commander passes them. */
export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly tower?: string;
  readonly provider?: TowerOptions['provider'];
  readonly precision?: TowerOptions['precision'];
  readonly long?: EncodeWorkerOptions['long'];
  readonly whisper?: string;
  readonly upstream?: readonly string[];
  readonly upstreamKeyFile?: string;
  readonly apiKeyFile?: string;
  readonly allowUnauthenticated?: true;
  readonly allowHttp?: true;
  readonly allowPrivate?: true;
  readonly allowHost?: readonly string[];
  readonly maxSeconds?: number;
  readonly transfer?: readonly ('http' | 'file')[];
  readonly publicUrl?: string;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly timeout?: number;
  readonly grace?: number;
  readonly page: boolean;
  readonly docs: boolean;
  readonly logLevel: string;
  readonly config?: string;
}
