import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { WorkerAnswer } from '../../../../lib/off-thread/worker-pool.js';
import { runApiTask } from './tasks.js';
import type { ApiTask } from './tasks.js';

const port = parentPort!;
/** Of a thread that reads documents, below that of the event loop; calls wait for the others. */
const niceness = 10;
let isNice = process.platform !== 'linux';

function answer(message: WorkerAnswer): void {
  port.postMessage(message);
}

port.on('message', (task: ApiTask) => {
  if (task.op === 'convert' && !isNice) {
    setPriority(niceness);
    isNice = true;
  }
  try {
    answer({ value: runApiTask(task) });
  } catch (error) {
    answer({ error: error instanceof Error ? error.name : 'Error' });
  }
});

answer({ ready: true });
