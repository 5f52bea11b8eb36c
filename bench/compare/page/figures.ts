import { median, whole } from '../../rig.js';
import type { LoadReport } from '../../load/generator.js';
import type { Cell, GatewayResult, Method, Results } from '../results.js';

/** Medians of a cell's rounds. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

export interface Shape {
  readonly servers: number;
  readonly tools: number;
}

export function cellOf(
  gateway: GatewayResult,
  { servers, tools }: Shape,
  method: Method,
  connections: number,
): Cell | undefined {
  return gateway.cells.find(
    (cell) =>
      cell.servers === servers &&
      cell.tools === tools &&
      cell.method === method &&
      cell.connections === connections,
  );
}

export function figuresOf(cell: Cell | undefined): Figures | undefined {
  if (!cell || cell.reports.length === 0) return undefined;
  const of = (value: (report: LoadReport) => number): number => median(cell.reports.map(value));
  return {
    requestsPerSecond: of(({ requestsPerSecond }) => requestsPerSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    cpuMicros: of(({ watched }) => whole(watched).cpuMicros),
    rssBytes: of(({ watched }) => whole(watched).rssBytes),
  };
}

/** Why a row of these cells has no figures: one wrong or lost answer in any of them is enough. */
export function disqualified(cells: readonly Cell[]): string | undefined {
  for (const { connections, reports, failed } of cells) {
    const where = `at ${connections} connection${connections === 1 ? '' : 's'}`;
    const wrong = reports.reduce((sum, report) => sum + report.wrong, 0);
    const lost = reports.reduce((sum, report) => sum + report.lost, 0);
    const fault = reports.flatMap(({ faults }) => faults)[0] ?? '';
    if (wrong + lost > 0) {
      return `disqualified ${where}: ${wrong} wrong, ${lost} lost (${inCell(fault)})`;
    }
    if (failed !== undefined) return `failed ${where}: ${inCell(failed)}`;
  }
  return undefined;
}

/** Foreign text in a table: one line, nothing that Markdown or HTML would read. */
export function inCell(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().slice(0, 160);
  return line.replace(/[|<>`*[\]\\]/g, ' ');
}

/** Of a gateway that has figures for all kinds of load of a method, the cells; else the reason. */
export function rowOf(
  gateway: GatewayResult,
  { options }: Results,
  method: Method,
): readonly Cell[] | string {
  if (gateway.absent !== undefined) return `not on this machine: ${inCell(gateway.absent)}`;
  const cells = options.connections.map((count) => cellOf(gateway, options, method, count));
  const there = cells.filter((cell) => cell !== undefined);
  return disqualified(there) ?? there;
}
