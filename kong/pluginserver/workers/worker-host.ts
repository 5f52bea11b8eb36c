import { useTicketKeys } from '../../../lib/handles/sealed/of-process.js';
import { useSealingKeys } from '../../../lib/handles/sealing-keys.js';
import { log, setLogFields, setLogLevel } from '../../../lib/log.js';
import { metrics } from '../../../lib/metrics/registry.js';
import { joinSiblings } from '../../../lib/workers/siblings.js';
import { Connections } from '../connections.js';
import { loadHosted, shutDown } from '../hosted.js';
import type { Hosted } from '../hosted.js';
import { logFailure } from '../instances/failure.js';
import type { Plugins } from '../instances/load-plugins.js';
import { watchProcess } from '../operations/process-figures.js';
import { watchRefusals } from '../operations/refusal-figures.js';
import { Reporter } from '../operations/report.js';
import type { Report } from '../operations/report.js';
import { watchEventLoop } from '../operations/watchdog.js';
import type { ServerOptions } from '../options.js';
import { startTelemetry } from '../telemetry/telemetry.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Host } from '../process/serving.js';
import type { Refusals } from '../refused/refusals.js';
import type { Channel } from './channel.js';
import { JoinedSiblings } from './joined-siblings.js';
import type { KnownInstance, Started, ToPrimary, ToWorker, Welcome } from './messages.js';
import { SharedInstances } from './shared-instances.js';

const reportEveryMs = 60_000;
/** The plugin that the worker for authentication loads alone. */
const authenticating = 'mcp-oauth';

interface Serving extends Hosted {
  readonly shared: SharedInstances;
  readonly connections: Connections;
  readonly reporter: Reporter;
}

/**
 * Serves the connections that the primary hands over.
 * @throws PluginLoadError, whatever a plugin's `ready` rejects with
 */
export async function startWorker(
  primary: Channel<ToPrimary, ToWorker>,
  welcome: Welcome,
): Promise<Host> {
  const { slot, options, keys, instances } = welcome;
  setLogLevel(options.logLevel);
  setLogFields({ worker: slot });
  const sealing = { ...keys, keys: keys.keys.map((key) => Buffer.from(key)) };
  useSealingKeys(sealing);
  // Whichever plugins run here: what they hand over is opened by another process.
  useTicketKeys(sealing);
  const telemetry = await startTelemetry({ worker: String(slot) });
  const siblings = new JoinedSiblings(welcome, primary);
  joinSiblings(siblings);
  await siblings.listen();
  const only = slot === welcome.authentication ? authenticating : undefined;
  const loading = load(primary, options, only);
  answerPrimary(primary, loading, only);
  const { shared, connections, plugins, refusals } = await loading;
  for (const known of instances) startKnown(shared, known, only);
  setInterval(() => shared.reportUsed(), reportEveryMs).unref();
  const unwatches = [watchEventLoop(), ...watchFigures(options, refusals, telemetry)];
  log('info', 'worker_ready', { rss_mb: Math.round(process.memoryUsage.rss() / 1_000_000) });
  return {
    stop: async () => {
      await connections.end(options.deadlineMs + 1000);
      await shutDown(plugins);
      await telemetry.stop();
      siblings.close();
      for (const unwatch of unwatches) unwatch();
    },
  };
}

/** Nobody asks for figures where there is no listener for operators, and no collector. */
function watchFigures(
  { operations }: ServerOptions,
  refusals: Refusals,
  { metrics: exported }: Telemetry,
): (() => void)[] {
  const isWanted = operations !== undefined || exported;
  return isWanted ? [watchProcess(), watchRefusals(refusals)] : [];
}

async function load(
  primary: Channel<ToPrimary, ToWorker>,
  options: ServerOptions,
  only: string | undefined,
): Promise<Serving> {
  // When an instance goes, the primary says: it knows what the other workers use.
  const hosted = await loadHosted(options.pluginsDirectory, 0, only);
  const shared = new SharedInstances(hosted.instances, primary);
  const { plugins, kong, refusals } = hosted;
  const { deadlineMs, operations } = options;
  const reporter = new Reporter(plugins, refusals, operations?.refusedIsReady ?? false);
  const connections = new Connections({ plugins, instances: shared, kong, deadlineMs });
  return { ...hosted, shared, connections, reporter };
}

function answerPrimary(
  primary: Channel<ToPrimary, ToWorker>,
  loading: Promise<Serving>,
  only: string | undefined,
): void {
  primary.on('connection', async (_, socket) => {
    const { connections } = await loading;
    primary.tell('took', undefined);
    if (socket !== undefined) connections.add(socket);
    return undefined;
  });
  primary.on('missing', async () => (await loading).reporter.missing());
  primary.on('report', async () => (await loading).reporter.report());
  primary.on('details', async (asked) => (await loading).reporter.details(asked));
  primary.on('figures', () => metrics.snapshot());
  primary.on('mergeStatus', async (all) => mergePlugins((await loading).plugins, all));
  primary.on('start', async (known) => startKnown((await loading).shared, known, only));
  primary.on('retire', async (ids) => (await loading).shared.retire(ids) as undefined);
  primary.on('drain', async () => (await loading).connections.drain() as undefined);
}

function mergePlugins(plugins: Plugins, all: readonly Report['plugins'][]): Record<string, object> {
  const merged = [...plugins].map(([name, plugin]) => [
    name,
    plugin.mergeStatus(all.flatMap((each) => each[name] ?? [])),
  ]);
  return Object.fromEntries(merged) as Record<string, object>;
}

function startKnown(shared: SharedInstances, known: KnownInstance, only?: string): Started {
  if (only !== undefined && known.name !== only) return { started: false };
  try {
    const { endsInMs } = shared.startKnown(known);
    return { started: true, endsInMs };
  } catch (error) {
    logFailure('instance_start_failed', error, { plugin: known.name.slice(0, 100) });
    return { started: false };
  }
}
