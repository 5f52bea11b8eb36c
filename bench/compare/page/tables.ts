import { table } from '../../rig.js';
import type { GatewayResult, Method, Results } from '../results.js';
import { cellOf, disqualified, figuresOf, rowOf } from './figures.js';

const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
const missing = '–';

function titled({ name, title }: GatewayResult): string {
  return name.startsWith('ours') ? `**${title}**` : title;
}

/** A row without figures says why in its first cell. */
function why(gateway: GatewayResult, reason: string, cells: number): readonly string[] {
  return [titled(gateway), reason, ...Array<string>(cells - 1).fill('')];
}

/** Throughput, latency and CPU of one method, at each number of connections. */
export function loadTable(results: Results, method: Method): string {
  const counts = results.options.connections;
  const columns = counts.flatMap((count) => [
    `${count}: req/s`,
    `${count}: p50 ms`,
    `${count}: p99 ms`,
    `${count}: CPU µs`,
  ]);
  const shown = results.gateways.filter(
    ({ name }) => method === 'tools/call' || name !== 'plain-kong',
  );
  const rows = shown.map((gateway) => {
    const cells = rowOf(gateway, results, method);
    if (typeof cells === 'string') return why(gateway, cells, columns.length);
    const figures = counts.flatMap((count) => {
      const seen = figuresOf(cells.find(({ connections }) => connections === count));
      if (!seen) return [missing, missing, missing, missing];
      const perSecond = Math.round(seen.requestsPerSecond).toLocaleString('en');
      return [perSecond, ms(seen.p50Ms), ms(seen.p99Ms), seen.cpuMicros.toFixed(0)];
    });
    return [titled(gateway), ...figures];
  });
  return table(['gateway', ...columns], rows);
}

/** Start-up and memory. */
export function stateTable(results: Results): string {
  const counts = results.options.connections;
  const most = counts[counts.length - 1] ?? 1;
  const head = ['gateway', 'version', 'start s', 'RSS MB after the start', `RSS MB at ${most}`];
  const rows = results.gateways.map((gateway) => {
    const { absent, version = missing, startMs, idleRssBytes } = gateway;
    if (absent !== undefined) return why(gateway, missing, head.length - 1);
    const full = figuresOf(cellOf(gateway, results.options, 'tools/call', most));
    return [
      titled(gateway),
      version.replace(/\s+/g, ' '),
      startMs[0] === undefined ? missing : (startMs[0] / 1000).toFixed(1),
      idleRssBytes === undefined ? missing : megabytes(idleRssBytes),
      full ? megabytes(full.rssBytes) : missing,
    ];
  });
  return table(head, rows);
}

/** How calls and lists cost more with more servers and tools; undefined where that was not measured. */
export function growthTable(results: Results): string | undefined {
  const shapes = grownShapes(results);
  if (shapes.length === 0) return undefined;
  const columns = shapes.flatMap(({ servers, tools }) => [
    `${servers} × ${tools}: CPU µs per call`,
    `p50 ms of a list`,
  ]);
  const rows = results.gateways.flatMap((gateway) => {
    if (gateway.name === 'plain-kong' || gateway.absent !== undefined) return [];
    const figures = shapes.flatMap((shape) => {
      const cells = [
        cellOf(gateway, shape, 'tools/call', 8),
        cellOf(gateway, shape, 'tools/list', 1),
      ];
      const reason = disqualified(cells.filter((cell) => cell !== undefined));
      if (reason !== undefined) return [reason, ''];
      const [call, list] = cells.map(figuresOf);
      return [call?.cpuMicros.toFixed(0) ?? missing, list ? ms(list.p50Ms) : missing];
    });
    return [[titled(gateway), ...figures]];
  });
  return table(['gateway', ...columns], rows);
}

function grownShapes({ gateways }: Results): { servers: number; tools: number }[] {
  const grown = gateways.flatMap(({ cells }) => cells).filter((cell) => cell.connections === 8);
  const names = new Set(grown.map(({ servers, tools }) => `${servers}x${tools}`));
  return [...names].map((name) => {
    const [servers = 1, tools = 1] = name.split('x').map(Number);
    return { servers, tools };
  });
}
