import { metrics } from '../../../lib/metrics/registry.js';
import type { Refusals } from '../refused/refusals.js';

const refused = metrics.gauge(
  'kong_mcp_configuration_refused',
  'One for each plugin configuration that Kong took and the plugin refuses: its requests are answered 503.',
  ['plugin', 'endpoint', 'route'],
);

/** Sets the gauge before each scrape; answers what ends that. */
export function watchRefusals(refusals: Refusals): () => void {
  return metrics.onScrape(() => {
    for (const { plugin, owner, entry, route } of refusals.all()) {
      refused.set(1, plugin, owner ?? entry, route ?? '');
    }
  });
}
