import { native } from '../native/binding.js';

/**
 * Note [Telemetry of ONNX Runtime]: since 1.29, the library sends events to its maker once it is loaded. It looks up
 * mobile.events.data.microsoft.com, keeps an identifier of the device and a database in ~/.cache/Microsoft, and writes
 * a log into the temporary folder. Users of Cochlea have not agreed to that. So the telemetry is off, unless
 * ORT_DISABLE_TELEMETRY is set to 0. That variable is ONNX Runtime's own switch.
 *
 * The library reads the environment of the process natively when it is loaded, on the thread of a device. Changing the
 * environment while another thread reads it is not safe before glibc 2.41. So it is changed as early as possible: when
 * this module is imported, before a service does any work. The main thread changes it through `process.env`, whose lock
 * Node's own readers take, too.
 */
const name = 'ORT_DISABLE_TELEMETRY';

process.env[name] ??= '1';
// Needed in a worker, whose `process.env` is a copy. In the main thread it changes nothing.
native.setVariable(name, process.env[name]);
