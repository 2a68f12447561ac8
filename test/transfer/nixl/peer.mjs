// A process of its own at the other end. Lines of JSON come and go:
//   node peer.mjs send LIBRARY       {"elements": n, "lease": seconds} → the descriptor of a tensor of so many floats
//   node peer.mjs receive LIBRARY    a descriptor → {"elements": n}, or {"code": …}
//   node peer.mjs worker LIBRARY     ends a worker in the middle of transfers → {"descriptors": how many more there are}
//   node peer.mjs leave LIBRARY      opens a sender, and comes to the end of the program without closing it
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const { NixlSender, TensorReceiver } = createRequire(import.meta.url)('../../../dist/transfer/index.js');
const [, , role, library] = isMainThread ? process.argv : ['', '', 'in-worker', workerData];
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const tensorOf = (elements) => ({
  data: Float32Array.from({ length: elements }, (_, i) => i),
  shape: [elements],
  dtype: 'float32',
});

const roles = {
  async send() {
    const sender = new NixlSender({ library });
    for await (const line of createInterface({ input: process.stdin })) {
      const { elements, lease } = JSON.parse(line);
      say((await sender.send(tensorOf(elements), { lease })).descriptor);
    }
    await sender.close();
  },

  async receive() {
    const receiver = new TensorReceiver({ nixl: { library } });
    say('ready');
    for await (const line of createInterface({ input: process.stdin })) {
      try {
        const received = await receiver.receive(JSON.parse(line));
        say({ elements: received.tensor.data.length });
        await received.release();
      } catch ({ code }) {
        say({ code });
      }
    }
    await receiver.close();
  },

  async worker() {
    const sender = new NixlSender({ library });
    await sender.send(tensorOf(1));
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: library });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    }
    say({ descriptors: readdirSync('/proc/self/fd').length - before });
    await sender.close();
  },

  async 'in-worker'() {
    const sender = new NixlSender({ library });
    const receiver = new TensorReceiver({ nixl: { library } });
    const again = async () => {
      const { descriptor } = await sender.send(tensorOf(500_000));
      const received = await receiver.receive(descriptor);
      parentPort.postMessage('running');
      await received.release();
      return again();
    };
    await Promise.all([again(), again(), again()]);
  },

  async leave() {
    say((await new NixlSender({ library }).send(tensorOf(1))).descriptor);
  },
};
await roles[role]();
