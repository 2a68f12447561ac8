export { withoutCompilers } from './http/compilers.js';
export { bodyOf, failureOf } from './http/failure.js';
export { idOf } from './http/request_id.js';
export { peer } from './peers.js';
export { logged } from './plugin.js';
export { summaryOf } from './routes/describe.js';
