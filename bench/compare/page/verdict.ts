import type { GatewayResult, Method, Results } from '../results.js';
import { cellOf, figuresOf, rowOf } from './figures.js';
import type { Figures } from './figures.js';

interface Measure {
  readonly what: string;
  readonly of: (gateway: GatewayResult, results: Results) => number | undefined;
  /** More is better. */
  readonly up?: boolean;
}

function load(method: Method, which: 'one' | 'many', of: (figures: Figures) => number) {
  return (gateway: GatewayResult, results: Results): number | undefined => {
    if (typeof rowOf(gateway, results, method) === 'string') return undefined;
    const connections = which === 'one' ? 1 : 32;
    const figures = figuresOf(cellOf(gateway, results.options, method, connections));
    return figures && of(figures);
  };
}

const perSecond = (figures: Figures): number => figures.requestsPerSecond;
const latency = (figures: Figures): number => figures.p50Ms;
const cpu = (figures: Figures): number => figures.cpuMicros;

const measures: readonly Measure[] = [
  { what: 'calls per second', of: load('tools/call', 'many', perSecond), up: true },
  { what: 'latency of a call', of: load('tools/call', 'one', latency) },
  { what: 'CPU per call', of: load('tools/call', 'many', cpu) },
  { what: 'lists per second', of: load('tools/list', 'many', perSecond), up: true },
  { what: 'latency of a list', of: load('tools/list', 'one', latency) },
  { what: 'CPU per list', of: load('tools/list', 'many', cpu) },
  { what: 'memory after the start', of: ({ idleRssBytes }) => idleRssBytes },
  { what: 'time to start', of: ({ startMs }) => startMs[0] },
];

const kong = 'plain-kong';

function isPeer({ name }: GatewayResult): boolean {
  return name !== kong && !name.startsWith('ours');
}

/** Lines that say where ours is behind and ahead, by how much. Empty where ours was not measured. */
export function verdict(results: Results): string[] {
  const ours = results.gateways.find(({ name }) => name === 'ours');
  if (!ours || ours.absent !== undefined) return ['Ours on a Kong was not measured here.'];
  const behind: string[] = [];
  const ahead: string[] = [];
  for (const measure of measures) {
    const own = measure.of(ours, results);
    if (own === undefined) continue;
    const ratios = results.gateways.filter(isPeer).flatMap((gateway) => {
      const other = measure.of(gateway, results);
      if (other === undefined || other <= 0) return [];
      return [{ title: gateway.title, worse: measure.up ? other / own : own / other }];
    });
    const line = (some: typeof ratios, of: (worse: number) => number): string =>
      `${measure.what}: ${some.map(({ title, worse }) => `${title} (${of(worse).toFixed(1)} ×)`).join(', ')}`;
    const worse = ratios.filter((ratio) => ratio.worse > 1.05);
    const better = ratios.filter((ratio) => ratio.worse < 0.95);
    if (worse.length > 0) behind.push(line(worse, (ratio) => ratio));
    if (better.length > 0) ahead.push(line(better, (ratio) => 1 / ratio));
  }
  return [
    ...listed('Where ours is behind', behind),
    '',
    ...listed('Where ours is ahead of', ahead),
  ];
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [`${title}: nowhere in these figures.`];
  return [`${title}:`, '', ...lines.map((line) => `- ${line}`)];
}

/** How far ours is from a plain route of Kong. */
export function againstPlain(results: Results): string | undefined {
  const find = (wanted: string) => results.gateways.find(({ name }) => name === wanted);
  const [plain, ours] = [find(kong), find('ours')];
  if (!plain || !ours) return undefined;
  const ratio = (which: 'one' | 'many', of: (figures: Figures) => number): string | undefined => {
    const [own, bare] = [ours, plain].map((each) => load('tools/call', which, of)(each, results));
    return own === undefined || bare === undefined ? undefined : (own / bare).toFixed(2);
  };
  const [many, one, work] = [ratio('many', perSecond), ratio('one', latency), ratio('many', cpu)];
  if (many === undefined) return undefined;
  return (
    `A call of ours against a request on a plain route of the same Kong: ${many} of its throughput ` +
    `at 32 connections, ${one} × its median latency at one, ${work} × its CPU.`
  );
}
