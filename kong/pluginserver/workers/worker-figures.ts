import { metrics } from '../../../lib/metrics/registry.js';
import type { Slot } from './slot.js';

const live = metrics.gauge(
  'kong_mcp_workers',
  'Worker processes that serve; absent where one process serves alone.',
);
const restarts = metrics.counter(
  'kong_mcp_worker_restarts_total',
  'Worker processes that have taken the place of a dead one.',
);

/** Sets the figures before each scrape; answers what ends that. */
export function watchWorkers(slots: readonly Slot[]): () => void {
  return metrics.onScrape(() => {
    live.set(slots.filter((slot) => slot.live).length);
    restarts.series.get([]).value = slots.reduce((sum, slot) => sum + slot.restarts, 0);
  });
}
