/** For `cochlea doctor`. Not exported by the package. */
export { describeNixl } from './nixl/describe.js';
