import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from '../../../../lib/metrics/registry.js';
import { mergeSnapshots, remains } from '../../../../lib/metrics/snapshot.js';
import { renderText } from '../../../../lib/metrics/text-format.js';

function registryOf(n: number): MetricsRegistry {
  const registry = new MetricsRegistry();
  const counter = registry.counter('c_total', 'Counted.', ['x']);
  counter.series.get(['both']).add(n);
  counter.series.get([`only ${n}`]).add(n);
  registry.gauge('added', 'Added.', [], 'sum');
  registry.counter('own_total', 'Its own.', ['y'], 'each').series.get(['z']).add(n);
  const histogram = registry.histogram('h_seconds', 'Times.', [1, 10]).series.get([]);
  for (const value of [n, n * 5, n * 50]) histogram.observe(value);
  const [added, largest, apart] = [
    registry.gauge('g_sum', 'Added.', [], 'sum'),
    registry.gauge('g_max', 'Largest.'),
    registry.gauge('g_each', 'Apart.', [], 'each'),
  ];
  registry.onScrape(() => {
    for (const gauge of [added, largest, apart]) gauge?.set(n);
  });
  return registry;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#'));
const merged = (...all: readonly number[]) =>
  mergeSnapshots(
    all.map((n) => ({
      label: String(n),
      // As another process is sent it.
      families: structuredClone(registryOf(n).snapshot()),
    })),
  );

describe('figures of several processes', () => {
  it('are added up, the largest, or left apart, as their family says', () => {
    expect(linesOf(renderText(merged(1, 2)))).toEqual([
      'c_total{x="both"} 3',
      'c_total{x="only 1"} 1',
      'c_total{x="only 2"} 2',
      'own_total{y="z",worker="1"} 1',
      'own_total{y="z",worker="2"} 2',
      'h_seconds_bucket{le="1"} 1',
      'h_seconds_bucket{le="10"} 4',
      'h_seconds_bucket{le="+Inf"} 6',
      'h_seconds_sum 168',
      'h_seconds_count 6',
      'g_sum 3',
      'g_max 2',
      'g_each{worker="1"} 1',
      'g_each{worker="2"} 2',
    ]);
  });

  it('of one process are as without merging, but for the label', () => {
    const text = renderText(merged(3)).replaceAll(',worker="3"', '').replaceAll('{worker="3"}', '');
    expect(text).toBe(registryOf(3).render());
  });

  it('that are left of a dead process are what it counted', () => {
    const left = remains(registryOf(1).snapshot()).map(({ name }) => name);
    expect(left).toEqual(['c_total', 'h_seconds']);
  });
});
