import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { WorkerAnswer } from '../../../../lib/off-thread/worker-pool.js';
import { runTask } from './tasks.js';
import type { LargeTask } from './tasks.js';

const port = parentPort!;
/** Below that of the event loop: on Linux a thread has a niceness of its own. */
const niceness = 10;
if (process.platform === 'linux') setPriority(niceness);

function answer(message: WorkerAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

port.on('message', (task: LargeTask) => {
  try {
    const value = runTask(task);
    const own = value instanceof Uint8Array && value.byteLength === value.buffer.byteLength;
    answer({ value }, own ? [value.buffer as ArrayBuffer] : []);
  } catch (error) {
    answer({ error: error instanceof Error ? error.name : 'Error' });
  }
});

answer({ ready: true });
