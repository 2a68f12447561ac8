export { GraphBuilder } from './graph_builder.js';
export { elementTypes, writeModel } from './model.js';
