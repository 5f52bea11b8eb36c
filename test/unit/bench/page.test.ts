import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../bench/compare/page/render.js';
import { merged } from '../../../bench/compare/results.js';
import type { Cell, GatewayResult, Method, Results } from '../../../bench/compare/results.js';
import type { LoadReport } from '../../../bench/load/generator.js';

const report = (more: Partial<LoadReport> = {}): LoadReport => ({
  connections: 1,
  seconds: 1,
  requests: 100,
  requestsPerSecond: 1000,
  p50Ms: 1,
  p90Ms: 2,
  p99Ms: 3,
  maxMs: 4,
  wrong: 0,
  lost: 0,
  faults: [],
  watched: { gateway: { processes: 1, cpuSeconds: 1, cpuMicros: 100, rssBytes: 1_048_576 } },
  ownCpuMicros: 10,
  ...more,
});

const methods: readonly Method[] = ['tools/call', 'tools/list'];

function gateway(name: string, title: string, more: Partial<LoadReport> = {}): GatewayResult {
  const cells: Cell[] = methods.flatMap((method) =>
    [1, 32].map((connections) => {
      return { servers: 2, tools: 5, method, connections, reports: [report(more)] };
    }),
  );
  return { name, title, measuredAt: '2026-11-30T00:00:00Z', version: '1', startMs: [500], cells };
}

const results = (...gateways: GatewayResult[]): Results => ({
  machine: {
    cpu: 'a processor',
    cores: 2,
    kernel: '6',
    go: 'go1',
    node: 'v20',
    compiledMicros: 5,
    jitMicros: 10,
    memoryBytes: 2 ** 30,
    loadBefore: 0.1,
    commit: 'abc',
  },
  options: { servers: 2, tools: 5, connections: [1, 32], seconds: 1, warmSeconds: 1, rounds: 1 },
  gateways,
});

const page = (...gateways: GatewayResult[]): string =>
  renderPage(new Map([['here', results(...gateways)]]));

describe('the page of the benchmark', () => {
  const ours = gateway('ours', 'ours, on Kong');

  it('says where ours is behind, and by how much', () => {
    const text = page(ours, gateway('peer', 'Peer', { requestsPerSecond: 2500, p50Ms: 2 }));
    const [behind = '', ahead = ''] = text.split('Where ours is ahead of');
    expect(behind).toContain('- calls per second: Peer (2.5 ×)');
    expect(behind).not.toContain('latency of a call: Peer');
    expect(ahead).toContain('- latency of a call: Peer (2.0 ×)');
    expect(ahead).not.toContain('calls per second: Peer');
  });

  it('takes all figures of a row with a wrong or lost answer, and says why', () => {
    const text = page(ours, gateway('peer', 'Peer', { lost: 1, faults: ['<b>a | fault</b>'] }));
    expect(text).toMatch(/\| Peer \| disqualified at 1 connection: 0 wrong, 1 lost/);
    expect(text).not.toContain('<b>');
    expect(text).not.toContain('Peer (');
  });

  it('has no part on growth where no other shapes were measured', () => {
    expect(page(ours)).not.toContain('### Growth');
    const [cell] = ours.cells;
    const grown = { ...cell!, servers: 9, connections: 8 };
    expect(page({ ...ours, cells: [...ours.cells, grown] })).toContain('9 × 5: CPU µs per call');
  });

  it('has a row for what is not on the machine', () => {
    const absent = { ...gateway('peer', 'Peer'), cells: [], absent: 'PEER_BIN names nothing' };
    expect(page(ours, absent)).toContain('| Peer | not on this machine: PEER_BIN names nothing |');
  });

  it('compares ours with a plain route', () => {
    const plain = gateway('plain-kong', 'plain', { requestsPerSecond: 4000, p50Ms: 0.5 });
    expect(page(plain, ours)).toContain('0.25 of its throughput at 32 connections, 2.00 ×');
  });

  it('shows medians of the rounds', () => {
    const rounds = [10, 3000, 20].map((requestsPerSecond) => report({ requestsPerSecond }));
    const cells = ours.cells.map((cell) => ({ ...cell, reports: rounds }));
    expect(page({ ...ours, cells })).toContain('| **ours, on Kong** | 20 |');
  });
});

describe('results that are measured again', () => {
  it('replace those of the same gateway, and leave the others', () => {
    const [a, b, again] = [gateway('a', 'A'), gateway('b', 'B'), gateway('b', 'B anew')];
    const all = merged(results(b, a), results(again), ['a', 'b']);
    expect(all.gateways.map(({ title }) => title)).toEqual(['A', 'B anew']);
  });
});
