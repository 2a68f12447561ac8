/** The process that `describeProvidersInChild` of `providers.ts` starts. */
import { describeProviders } from '../../onnx/index.js';

void describeProviders().then((reports) => {
  process.send?.(reports);
  process.disconnect();
});
