export type { Provider, ProviderChoice, ProviderReport } from '../onnx/types.js';
