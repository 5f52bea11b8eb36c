import { catalogueOf } from './catalogue.js';
import { indexOf, withList, withSearch } from './agent.js';
import type { Cost } from './agent.js';

const catalogues = [15, 50, 500];
const calls = [1, 3, 10];
/** Tasks of each cell, over which it is the mean. */
const tasks = 20;

/** The table of docs/discovery.md, as Markdown. */
export function tokensTable(): string {
  const head = [
    '| Tools | Calls | Turns: listed | searched | Tokens: listed | searched | | cached | warm |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  ];
  const rows = catalogues.flatMap((size) => calls.map((count) => row(size, count)));
  return [...head, ...rows].join('\n');
}

function row(size: number, count: number): string {
  const all = catalogueOf(500).slice(0, size);
  const index = indexOf(all);
  const byName = new Map(all.map((tool) => [tool.name, tool]));
  const chosen = Array.from({ length: tasks }, (_, task) =>
    Array.from({ length: count }, (_, n) => all[(task * 37 + n * 101) % size]!),
  );
  const listed = mean(chosen.map((task) => withList(all, task)));
  const found = mean(chosen.map((task) => withSearch(index, byName, task)));
  const cells = [
    size,
    count,
    listed.turns.toFixed(0),
    found.turns.toFixed(1),
    thousands(listed.tokens),
    thousands(found.tokens),
    ratio(found.tokens, listed.tokens),
    ratio(found.cached, listed.cached),
    ratio(found.warm, listed.warm),
  ];
  return `| ${cells.join(' | ')} |`;
}

function mean(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost) => costs.reduce((sum, cost) => sum + cost[key], 0) / costs.length;
  return { turns: of('turns'), tokens: of('tokens'), cached: of('cached'), warm: of('warm') };
}

const thousands = (tokens: number) => `${(tokens / 1_000).toFixed(1)}k`;
const ratio = (ours: number, theirs: number) => `× ${(ours / theirs).toFixed(2)}`;
