import { native } from '../native/binding.js';

/**
 * Note [Telemetry of ONNX Runtime]: since 1.29 the library, once loaded, sends events to its maker: it looks up
 * mobile.events.data.microsoft.com, keeps an identifier of the device and a database in ~/.cache/Microsoft, and writes
 * a log into the temporary folder. Whoever installs Cochlea has not agreed to that, so that it is switched off unless
 * ORT_DISABLE_TELEMETRY says otherwise: that is ONNX Runtime's own switch, and 0 leaves the telemetry on.
 *
 * The library reads the environment of the process, natively, when it is loaded, which happens on the thread of a
 * device. Changing an environment while another thread reads it is safe in no libc before glibc 2.41. So it is changed
 * as early as can be, when this module is imported, while a service has begun to do nothing yet; and in the main thread
 * through `process.env`, whose lock Node's own readers take, too.
 */
const name = 'ORT_DISABLE_TELEMETRY';

process.env[name] ??= '1';
// The same again does nothing; in a worker, whose `process.env` is a copy, it is what counts.
native.setVariable(name, process.env[name]);
