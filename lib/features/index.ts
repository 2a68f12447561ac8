export { type FeatureSpec, whisperSpec } from './spec.js';
