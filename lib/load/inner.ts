export { damageWarnings, warningsOf } from './warnings.js';
