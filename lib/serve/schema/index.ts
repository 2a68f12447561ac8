export { checked } from './checked.js';
export type { ObjectSchema, Properties, Schema, Static } from './types.js';
