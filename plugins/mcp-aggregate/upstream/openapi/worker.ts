import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { WorkerAnswer } from '../../../../lib/off-thread/worker-pool.js';
import { runApiTask } from './tasks.js';
import type { ApiTask } from './tasks.js';

const port = parentPort!;
/** Below that of the event loop: on Linux a thread has a niceness of its own. */
const niceness = 5;
if (process.platform === 'linux') setPriority(niceness);

function answer(message: WorkerAnswer): void {
  port.postMessage(message);
}

port.on('message', (task: ApiTask) => {
  try {
    answer({ value: runApiTask(task) });
  } catch (error) {
    answer({ error: error instanceof Error ? error.name : 'Error' });
  }
});

answer({ ready: true });
