import { metrics } from '../../../lib/metrics/registry.js';
import type { Plugins } from '../instances/load-plugins.js';
import type { Refusals } from '../refused/refusals.js';
import type { OperationsOptions } from './address.js';
import { OperationsListener } from './listener.js';
import { Pages } from './pages.js';
import type { PageSource } from './pages.js';
import { watchProcess } from './process-figures.js';
import { watchRefusals } from './refusal-figures.js';
import { Reporter } from './report.js';

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

/**
 * Those of one process that has the plugins itself.
 * @param exported whether its figures are wanted also where nobody can ask for them
 * @throws UsageError for an address that can never be listened at
 */
export async function startOperations(
  options: OperationsOptions | undefined,
  plugins: Plugins,
  refusals: Refusals,
  exported = false,
): Promise<Operations> {
  if (options === undefined) return exported ? figuresOnly(refusals) : none;
  const unwatch = watchRefusals(refusals);
  const source = sourceOf(new Reporter(plugins, refusals, options.refusedIsReady));
  const operations = await showPages(options, source);
  return {
    ...operations,
    close: () => {
      operations.close();
      unwatch();
    },
  };
}

function figuresOnly(refusals: Refusals): Operations {
  const unwatches = [watchProcess(), watchRefusals(refusals)];
  return { ...none, close: () => unwatches.forEach((unwatch) => unwatch()) };
}

/**
 * Shows pages of what `source` says, and figures of this process.
 * @throws UsageError for an address that can never be listened at
 */
export async function showPages(
  options: OperationsOptions | undefined,
  source: PageSource,
): Promise<Operations> {
  if (options === undefined) return none;
  const pages = new Pages(source, options.playground);
  const listener = new OperationsListener(options, pages);
  await listener.start();
  const unwatch = watchProcess();
  return {
    serving: () => pages.serving(),
    stopping: () => pages.stopping(),
    close: () => {
      listener.close();
      unwatch();
    },
  };
}

/** What this process says of itself alone. */
export function sourceOf(reporter: Reporter): PageSource {
  return {
    readiness: async () => ({ missing: reporter.missing() }),
    status: async () => {
      const { refused, plugins } = reporter.report();
      return { refused_configurations: refused, plugins };
    },
    details: (asked) => reporter.details(asked),
    metrics: async () => metrics.render(),
  };
}
