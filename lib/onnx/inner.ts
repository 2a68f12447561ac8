/** What the doctor asks, which also runs where the addon is missing. Not exported by the package. */
export { ObstacleError } from './obstacle.js';
export { findRuntime } from './runtime.js';
