import type { Socket } from 'node:net';
import { log } from '../../../lib/log.js';
import { closeInheritedDescriptors } from '../process/inherited-descriptors.js';
import { keepOutputPlain } from '../process/plain-output.js';
import { explain, failClosed, stopOnSignals } from '../process/serving.js';
import type { Host } from '../process/serving.js';
import { startSmall } from '../process/small-start.js';
import { Channel } from './channel.js';
import type { ToPrimary, ToWorker } from './messages.js';

/** A worker process: what the primary starts, with a channel to it. */
failClosed();
keepOutputPlain();
closeInheritedDescriptors();

const primary = new Channel<ToPrimary, ToWorker>((message) => {
  process.send?.(message, undefined, {}, () => undefined);
});
let hear: (host: Promise<Host>) => void;
const starting = new Promise<Host>((resolve) => (hear = resolve));
// Why a start fails is said to the primary.
starting.catch(() => undefined);
const stop = stopOnSignals(() => starting);

primary.on('welcome', async (welcome) => {
  const host = startSmall(async () =>
    (await import('./worker-host.js')).startWorker(primary, welcome),
  );
  hear(host);
  try {
    await host;
    return { ready: true };
  } catch (error) {
    process.on('disconnect', () => process.exit(1));
    return { ready: false, why: explain(error) };
  }
});
primary.on('ping', () => undefined);
primary.on('stop', () => stop(0) as undefined);
process.on('message', (message, socket) => primary.take(message, socket as Socket | undefined));
process.on('disconnect', () => {
  primary.close();
  log('info', 'primary_gone');
  // Kong cannot reach this process any more; what is under way ends in its own time.
  stop(0);
});
