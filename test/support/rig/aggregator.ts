import type { Gateway } from '../gateway/gateway.js';

/** Address of the aggregator of the process that serves now: nobody but Kong should use it. */
export function aggregatorUrl(gateway: Gateway): string {
  const ports = [
    ...gateway.pluginServer.stderr.matchAll(/aggregator_listening[^}]*?"port":(\d+)/g),
  ];
  const port = ports.at(-1)?.[1];
  if (port === undefined) throw new Error('the aggregator has not said where it listens');
  return `http://127.0.0.1:${port}/mcp`;
}
