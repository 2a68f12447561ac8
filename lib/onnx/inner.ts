/** What the doctor asks, which also runs where the addon is missing. Not exported by the package. */
export { ProviderProblemError } from './provider_problem.js';
export { findRuntime } from './runtime.js';
