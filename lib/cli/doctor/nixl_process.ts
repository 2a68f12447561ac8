/** The process that `tryNixl` of `nixl.ts` starts. */
import { describeNixl } from '../../transfer/inner.js';

void describeNixl().then((report) => {
  process.send?.(report);
  process.disconnect();
});
