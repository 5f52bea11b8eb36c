import { afterEach, describe, expect, it } from 'vitest';
import { metrics } from '../../../../lib/metrics/registry.js';
import { Latency } from '../../../../plugins/mcp-aggregate/io/operations/latency.js';
import { Tally } from '../../../../plugins/mcp-aggregate/io/operations/tally.js';

type Config = ConstructorParameters<typeof Tally>[0];

const config = (endpoint: string, ...names: string[]) =>
  ({ endpoint, servers: names.map((name) => ({ name })) }) as unknown as Config;

const lines = (start = 'kong_mcp_requests_total{') =>
  metrics
    .render()
    .split('\n')
    .filter((line) => line.startsWith(start));

describe('counting requests', () => {
  const tallies: Tally[] = [];
  afterEach(() => {
    for (const tally of tallies.splice(0)) tally.close();
    expect(lines()).toEqual([]);
    expect(lines('kong_mcp_request_duration_seconds')).toEqual([]);
    expect(lines('kong_mcp_refusals_total{')).toEqual([]);
    expect(lines('kong_mcp_client_requests_total{')).toEqual([]);
  });
  const open = (endpoint: string, ...names: string[]) => {
    const tally = new Tally(config(endpoint, ...names));
    tallies.push(tally);
    return tally;
  };

  it('by method, server, tool and outcome, with how long they took', () => {
    const tally = open('e', 'a');
    tally.record('tools/call', 'a', 'a__x', 'ok', 30);
    tally.record('tools/call', 'a', 'a__x', 'ok', 3);
    tally.record('tools/call', 'a', 'a__x', 'upstream_timeout', 3000);
    tally.record('ping', '', '', 'ok', 1);
    tally.refused('identity_required');
    const series = (method: string, server: string, tool: string, outcome: string) =>
      `kong_mcp_requests_total{endpoint="e",method="${method}",server="${server}",tool="${tool}",outcome="${outcome}"}`;
    expect(lines()).toEqual([
      `${series('tools/call', 'a', 'a__x', 'ok')} 2`,
      `${series('tools/call', 'a', 'a__x', 'upstream_timeout')} 1`,
      `${series('ping', '', '', 'ok')} 1`,
    ]);
    const about = 'kong_mcp_request_duration_seconds_bucket{endpoint="e",method="tools/call"';
    expect(lines(`${about},server="a",le="0.005"}`)[0]).toMatch(/ 1$/);
    expect(lines(`${about},server="a",le="5"}`)[0]).toMatch(/ 3$/);
    expect(lines('kong_mcp_refusals_total{')).toEqual([
      'kong_mcp_refusals_total{endpoint="e",code="identity_required"} 1',
    ]);
  });

  it('by how clients speak, whatever they make up', () => {
    const tally = open('e', 'a');
    tally.spoke({ modern: true, version: '2026-07-28' });
    tally.spoke({ modern: false, version: '2026-07-28' });
    tally.spoke({ modern: false, version: undefined });
    for (let made = 0; made < 100; made++) tally.spoke({ modern: false, version: `v${made}` });
    tally.spoke({ modern: true, version: '2026-07-28' });
    const of = (era: string, version: string) =>
      `kong_mcp_client_requests_total{endpoint="e",era="${era}",version="${version}"}`;
    expect(lines('kong_mcp_client_requests_total{')).toEqual([
      `${of('modern', '2026-07-28')} 2`,
      `${of('legacy', '2026-07-28')} 1`,
      `${of('legacy', 'none')} 1`,
      `${of('legacy', 'other')} 100`,
    ]);
  });

  it('lumps together what nobody configured: methods, servers, and tools without one', () => {
    const tally = open('e', 'a');
    for (let made = 0; made < 100; made++) {
      tally.record(`made/up${made}`, '', '', 'method_not_found', 1);
      tally.record('tools/call', `nobody${made}`, `tool${made}`, 'unknown_tool', 1);
    }
    expect(lines()).toEqual([
      expect.stringMatching(/method="other",server="",tool="",.* 100$/),
      expect.stringMatching(/method="tools\/call",server="",tool="other",.* 100$/),
    ]);
  });

  it('a server has at most 500 tools with series of their own, and leaves room for others', () => {
    const tally = open('e', 'greedy', 'modest');
    for (let made = 0; made < 5000; made++) {
      tally.record('tools/call', 'greedy', `greedy__${made}`, 'ok', 1);
    }
    tally.record('tools/call', 'modest', 'modest__x', 'ok', 1);
    expect(lines()).toHaveLength(500 + 1 + 1);
    expect(lines().find((line) => line.includes('tool="other"'))).toMatch(/ 4500$/);
    expect(lines().at(-1)).toContain('tool="modest__x"');
    // A configuration anew admits no more: the names are the endpoint's.
    const anew = open('e', 'greedy');
    anew.record('tools/call', 'greedy', 'greedy__new', 'ok', 1);
    expect(lines()).toHaveLength(500 + 1 + 1);
  });

  it('a changed configuration counts on, and what it no longer names is forgotten', () => {
    const before = open('e', 'stays', 'goes');
    const elsewhere = open('other', 'goes');
    for (const tally of [before, elsewhere]) tally.record('tools/call', 'goes', 't', 'ok', 1);
    before.record('tools/call', 'stays', 't', 'ok', 1);
    const after = open('e', 'stays');
    after.record('tools/call', 'stays', 't', 'ok', 1);
    expect(lines()).toHaveLength(3);
    before.close();
    expect(lines()).toEqual([
      expect.stringMatching(/endpoint="other",.*server="goes"/),
      expect.stringMatching(/endpoint="e",.*server="stays".* 2$/),
    ]);
    after.record('tools/call', 'stays', 't', 'ok', 1);
    expect(lines().at(-1)).toMatch(/ 3$/);
  });

  it('costs little: a count is a look-up and some additions', () => {
    const tally = open('e', 'a');
    const run = (times: number) => {
      const begun = process.cpuUsage();
      for (let i = 0; i < times; i++) tally.record('tools/call', 'a', 'a__x', 'ok', i % 100);
      const { user, system } = process.cpuUsage(begun);
      return (user + system) / times;
    };
    run(20_000);
    // The budget is 2 µs; CPU time of this process, not the clock of a busy machine.
    expect(run(200_000)).toBeLessThan(2);
  });
});

describe('latency', () => {
  it('is that of the latest answers', () => {
    const latency = new Latency();
    expect(latency.quantiles).toBeUndefined();
    latency.add(7);
    expect(latency.quantiles).toEqual({ p50: 7, p99: 7 });
    for (let ms = 1; ms <= 100; ms++) latency.add(ms);
    expect(latency.quantiles).toEqual({ p50: 50, p99: 99 });
    for (let i = 0; i < 128; i++) latency.add(2);
    expect(latency.quantiles).toEqual({ p50: 2, p99: 2 });
  });
});
