/** For `cochlea doctor`, which also runs without the addon. Not exported by the package. */
export { ProviderProblemError } from './provider_problem.js';
export { findRuntime } from './runtime.js';
