import type { Plugins } from '../instances/load-plugins.js';
import type { Refusals } from '../refused/refusals.js';
import type { OperationsOptions } from './address.js';
import { OperationsListener } from './listener.js';
import { Pages } from './pages.js';
import { watchProcess } from './process-figures.js';
import { watchRefusals } from './refusal-figures.js';

/** The running operations side of a plugin server. */
export interface Operations {
  /** Kong can reach the plugins from here on. */
  serving(): void;
  /** The process is about to end: not ready any more. */
  stopping(): void;
  /** Frees the address. */
  close(): void;
}

const nothing = () => undefined;
const none: Operations = { serving: nothing, stopping: nothing, close: nothing };

/** @throws UsageError for an address that can never be listened at */
export async function startOperations(
  options: OperationsOptions | undefined,
  plugins: Plugins,
  refusals: Refusals,
): Promise<Operations> {
  if (options === undefined) return none;
  const pages = new Pages(plugins, refusals, options.refusedIsReady);
  const listener = new OperationsListener(options, pages);
  await listener.start();
  const unwatchProcess = watchProcess();
  const unwatchRefusals = watchRefusals(refusals);
  return {
    serving: () => pages.serving(),
    stopping: () => pages.stopping(),
    close: () => {
      listener.close();
      unwatchProcess();
      unwatchRefusals();
    },
  };
}
