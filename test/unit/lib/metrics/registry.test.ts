import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from '../../../../lib/metrics/registry.js';

/** A reader of the text format as strict as its description: name, labels unescaped, value. */
function parse(text: string) {
  const line = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;
  const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"/g;
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .filter((each) => !each.startsWith('#'))
    .map((each) => {
      const [, name = '', labels = '', value = ''] = line.exec(each) ?? [];
      expect(name, each).not.toBe('');
      const read = [...labels.matchAll(label)].map(([, key = '', escaped = '']) => [
        key,
        escaped.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)),
      ]);
      return { name, labels: Object.fromEntries(read) as object, value };
    });
}

describe('the text format', () => {
  it('says what each family is, and escapes help', () => {
    const registry = new MetricsRegistry();
    registry.counter('a_total', 'Line\nand \\ slash.').series.get([]).add(2);
    expect(registry.render()).toBe(
      '# HELP a_total Line\\nand \\\\ slash.\n# TYPE a_total counter\na_total 2\n',
    );
  });

  it('keeps label values apart and whole, whatever they hold', () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter('a_total', 'h', ['x', 'y']);
    const odd = ['"', '\\', '\n', '\\n', '",y="', 'ä ,{}=', ''];
    for (const x of odd) for (const y of odd) counter.series.get([x, y]).add();
    const read = parse(registry.render());
    expect(read).toHaveLength(odd.length ** 2);
    for (const x of odd) {
      for (const y of odd) {
        expect(read).toContainEqual({ name: 'a_total', labels: { x, y }, value: '1' });
      }
    }
  });

  it('buckets of a histogram add up, bounds included', () => {
    const registry = new MetricsRegistry();
    const series = registry.histogram('h_seconds', 'h', [0.1, 1], ['m']).series.get(['x']);
    for (const value of [0.1, 0.2, 1, 7]) series.observe(value);
    const lines = registry.render().split('\n').slice(2, -1);
    expect(lines).toEqual([
      'h_seconds_bucket{m="x",le="0.1"} 1',
      'h_seconds_bucket{m="x",le="1"} 3',
      'h_seconds_bucket{m="x",le="+Inf"} 4',
      'h_seconds_sum{m="x"} 8.3',
      'h_seconds_count{m="x"} 4',
    ]);
  });

  it('gauges hold what the latest scrape found, and nothing else', () => {
    const registry = new MetricsRegistry();
    const gauge = registry.gauge('g', 'h', ['s']);
    let servers = ['a', 'b'];
    const remove = registry.onScrape(() => servers.forEach((name) => gauge.add(1, name)));
    expect(parse(registry.render())).toHaveLength(2);
    servers = ['b'];
    expect(parse(registry.render())).toEqual([{ name: 'g', labels: { s: 'b' }, value: '1' }]);
    remove();
    expect(parse(registry.render())).toEqual([]);
  });

  it('refuses a family twice and values that do not fit the labels', () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter('a_total', 'h', ['x']);
    expect(() => registry.gauge('a_total', 'h')).toThrow('there already');
    expect(() => counter.series.get(['1', '2'])).toThrow(RangeError);
  });
});
