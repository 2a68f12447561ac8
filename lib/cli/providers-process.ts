/** The process that `describeProviders` of `providers.ts` starts. */
import { describeProviders } from '../onnx/index.js';

process.send?.(await describeProviders());
process.disconnect();
