import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metrics } from '../../../lib/metrics/registry.js';
import { projectFile } from '../../support/project.js';
import '../../../kong/pluginserver/operations/process-figures.js';
import '../../../kong/pluginserver/operations/refusal-figures.js';
import '../../../kong/pluginserver/operations/watchdog.js';
import '../../../kong/pluginserver/workers/worker-figures.js';
import '../../../plugins/mcp-aggregate/io/operations/figures.js';
import '../../../plugins/mcp-oauth/io/figures.js';

interface Panel {
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
}

const text = readFileSync(projectFile('examples/grafana-dashboard.json'), 'utf8');
const dashboard = JSON.parse(text) as {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: unknown }[];
  };
};
const rules = parse(readFileSync(projectFile('examples/prometheus-rules.yml'), 'utf8')) as Rules;

const own = /\b(?:kong_mcp|process|nodejs)_[a-z_]+/g;
/** Labels that a scrape adds, and those of a histogram's buckets and of several workers. */
const everywhere = ['job', 'instance', 'le', 'worker'];
const families = new Map(metrics.families.map((family) => [family.name, family]));
const familyOf = (name: string) =>
  families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));

/** What of an expression is not there: metrics, labels. */
function unknownIn(expr: string): string[] {
  const bare = expr.replaceAll(/"[^"]*"/g, '""');
  const names = [...new Set(bare.match(own))];
  const labels = new Set([...everywhere, ...names.flatMap((name) => familyOf(name)?.labels ?? [])]);
  const selectors = [...bare.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(
    ([, name = '', inside = '']) => {
      const asked = [...inside.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label);
      const known = [...everywhere, ...(familyOf(name)?.labels ?? [])];
      return asked.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
    },
  );
  const grouped = [...bare.matchAll(/\b(?:by|on|group_left)\s*\(([^)]*)\)/g)]
    .flatMap(([, inside = '']) => inside.split(','))
    .map((label) => label.trim())
    .filter((label) => !labels.has(label));
  return [...names.filter((name) => familyOf(name) === undefined), ...selectors, ...grouped];
}

const expressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
);

describe('the Grafana dashboard', () => {
  it('asks for metrics and labels that there are', () => {
    expect(expressions.length).toBeGreaterThan(20);
    expect(expressions.flatMap(([, expr]) => unknownIn(expr))).toEqual([]);
  });

  it('shows labels in legends that the expressions leave', () => {
    const odd = expressions.filter(([, expr, legend]) =>
      [...legend.matchAll(/\{\{(\w+)\}\}/g)].some(([, label = '']) => {
        const by = [...expr.matchAll(/\bby \(([^)]*)\)/g)].map(([, inside]) =>
          inside!.split(/,\s*/),
        );
        return !by.every((labels) => labels.includes(label));
      }),
    );
    expect(odd).toEqual([]);
  });

  it('uses each of its variables, and no others', () => {
    const named = dashboard.templating.list.map(({ name }) => name).sort();
    const used = new Set(text.match(/(?<=\$\{?)(?!__)[a-z]+/g));
    expect([...used].sort()).toEqual(named);
    const queries = dashboard.templating.list.map(({ query }) => JSON.stringify(query));
    expect(queries.flatMap((query) => query.match(own) ?? []).every((name) => familyOf(name))).toBe(
      true,
    );
  });

  it('has no panel over another', () => {
    const { panels } = dashboard;
    const over = panels.flatMap((a, at) =>
      panels.slice(at + 1).filter(({ gridPos: b }) => {
        const { x, y, w, h } = a.gridPos;
        return x < b.x + b.w && b.x < x + w && y < b.y + b.h && b.y < y + h;
      }),
    );
    expect(over.map(({ title }) => title)).toEqual([]);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

it('alert rules ask for metrics and labels that there are', () => {
  const all = rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr));
  expect(all.length).toBeGreaterThan(5);
  expect(all.flatMap(unknownIn)).toEqual([]);
});

it.each([
  ['rate(kong_mcp_request_total[5m])', ['kong_mcp_request_total']],
  ['kong_mcp_circuit_open{tool="x"}', ['kong_mcp_circuit_open{tool}']],
  ['sum by (endpoint, tool) (kong_mcp_circuit_open)', ['tool']],
])('what is not there is found: %s', (expr, unknown) => {
  expect(unknownIn(expr)).toEqual(unknown);
});
