import { errorDetail } from '../../../lib/errors/error-detail.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import { log } from '../../../lib/log.js';
import { PluginLoadError } from '../instances/load-plugins.js';
import { EventOverError } from '../pdk/event-over-error.js';
import { SocketPathError } from './socket-path.js';
import { StartError } from './start-error.js';

/** What serves, until it is stopped. */
export interface Host {
  /** Ends accepting, then events, then the plugins' streams; each within its bound. */
  stop(): Promise<void>;
  /** Ends other processes that serve with this one, at once. */
  abandon?(): void;
}

function fatal(event: string, error: unknown): never {
  log('error', event, { error: errorDetail(error) });
  process.exit(1);
}

/** A state nobody foresaw must not serve on: Kong answers 500 until the process is back. */
export function failClosed(): void {
  process.on('uncaughtException', (error) => fatal('uncaught_exception', error));
  process.on('unhandledRejection', (reason) => {
    // A client that leaves early must not end the process, whatever a plugin did not wait for.
    if (!(reason instanceof EventOverError)) fatal('unhandled_rejection', reason);
    log('debug', 'call_not_awaited', { error: reason.message });
  });
}

/** Why a start failed, for whoever asked for it. */
export function explain(error: unknown): string {
  const expected =
    error instanceof PluginLoadError ||
    error instanceof SocketPathError ||
    error instanceof StartError ||
    error instanceof ConfigError;
  if (!expected) return errorDetail(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

/**
 * Stops what is starting or serving on SIGTERM and SIGINT, then ends the process; the second signal
 * ends it at once.
 * @returns stops it for another reason, with this exit code; further calls change nothing
 */
export function stopOnSignals(starting: () => Promise<Host>): (code: number) => void {
  let stopping = false;
  let serving: Host | undefined;
  const stop = (code: number): void => {
    if (stopping) return;
    stopping = true;
    const whenServing = (host: Host): Promise<never> => {
      serving = host;
      return end(host, code);
    };
    // Why a start fails is said by whoever awaits it.
    void starting().then(whenServing, () => undefined);
  };
  let signalled = false;
  const onSignal = (): void => {
    if (signalled) {
      serving?.abandon?.();
      process.exit(1);
    }
    signalled = true;
    stop(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  return stop;
}

async function end(host: Host, code: number): Promise<never> {
  await host.stop();
  log('info', 'stopped');
  process.exit(code);
}
