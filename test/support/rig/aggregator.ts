import type { Gateway } from '../gateway/gateway.js';
import { workersOfRun } from '../workers.js';

/** Addresses of the aggregators of the processes that serve now: nobody but Kong should use them. */
export function aggregatorUrls(gateway: Gateway, workers = workersOfRun): string[] {
  const said = gateway.pluginServer.stderr.matchAll(/aggregator_listening[^}]*?"port":(\d+)/g);
  const ports = [...said].map(([, port]) => port).slice(-workers);
  if (ports.length < workers) throw new Error('an aggregator has not said where it listens');
  return ports.map((port) => `http://127.0.0.1:${port}/mcp`);
}
