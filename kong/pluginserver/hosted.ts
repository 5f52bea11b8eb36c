import { setTimeout } from 'node:timers/promises';
import { errorDetail } from '../../lib/errors/error-detail.js';
import { log } from '../../lib/log.js';
import { Instances } from './instances/instances.js';
import { loadPlugins } from './instances/load-plugins.js';
import type { Plugins } from './instances/load-plugins.js';
import { kongObjects } from './pdk/kong-object.js';
import { loadKongPdk } from './pdk/kong-pdk.js';
import type { PhaseEventOptions } from './instances/phase-event.js';
import { Refusals } from './refused/refusals.js';

/** How long plugins may take to end their streams, in milliseconds. */
export const shutdownMs = 10_000;
const retireEveryMs = 60_000;

/** The plugins in this process, and what runs of them. */
export interface Hosted {
  readonly plugins: Plugins;
  readonly refusals: Refusals;
  readonly instances: Instances;
  /** Makes a plugin's `kong`. */
  readonly kong: PhaseEventOptions['kong'];
}

/**
 * Loads the plugins and waits until they are ready.
 * @param idleMs after how many milliseconds an unused instance goes
 * @param only the plugin to load alone
 * @throws PluginLoadError, whatever a plugin's `ready` rejects with
 */
export async function loadHosted(
  pluginsDirectory: string,
  idleMs?: number,
  only?: string,
): Promise<Hosted> {
  const pdk = loadKongPdk();
  const plugins = await loadPlugins(pdk, pluginsDirectory, only);
  await Promise.all([...plugins.values()].map((plugin) => plugin.ready()));
  const refusals = new Refusals();
  const instances = new Instances({
    plugins,
    refusals,
    onCloseError: (plugin, error) =>
      log('error', 'instance_close_failed', { plugin, error: errorDetail(error) }),
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  setInterval(() => instances.retireIdle(), retireEveryMs).unref();
  return { plugins, refusals, instances, kong: kongObjects(pdk.PDK) };
}

/** Lets the plugins end their streams, within a bound. */
export async function shutDown(plugins: Plugins): Promise<void> {
  const ended = Promise.allSettled([...plugins.values()].map((plugin) => plugin.shutdown()));
  const results = await Promise.race([ended, setTimeout(shutdownMs, undefined, { ref: false })]);
  if (results === undefined) return log('warn', 'shutdown_bound_reached');
  for (const result of results) {
    if (result.status === 'rejected') {
      log('error', 'shutdown_failed', { error: errorDetail(result.reason) });
    }
  }
}
