import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchEventLoop } from '../../../../kong/pluginserver/operations/watchdog.js';
import { metrics } from '../../../../lib/metrics/registry.js';
import { begin } from '../../../../lib/flow/under-way.js';

const options = { lookMs: 20, stallMs: 100, sayMs: 10_000 };
let lines: Record<string, unknown>[];
let end: () => void = () => undefined;
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
});
afterEach(() => {
  end();
  vi.restoreAllMocks();
});

const stalled = () => lines.filter(({ event }) => event === 'event_loop_stalled');
const counted = (work: string) =>
  Number(metrics.render().match(RegExp(`_stalls_total\\{work="${work}"\\} (\\d+)`))?.[1] ?? 0);

/** The same with a time of its own: `pass` is a look that comes so late. */
function watched() {
  let now = 1_000_000;
  let look = () => undefined as void;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(globalThis, 'setInterval').mockImplementation((callback) => {
    look = callback;
    return { unref: () => undefined } as unknown as NodeJS.Timeout;
  });
  end = watchEventLoop(options);
  return {
    busy: (ms: number) => void (now += ms),
    pass: (late: number) => {
      now += options.lookMs + late;
      look();
    },
  };
}

describe('the watchdog', () => {
  it('names the work that held a real event loop, and for how long', async () => {
    end = watchEventLoop(options);
    await new Promise((resolve) => setTimeout(resolve, 50));
    begin('server_message', 'slow-server');
    const until = performance.now() + 400;
    while (performance.now() < until);
    begin('request');
    await vi.waitFor(() => expect(stalled()).not.toEqual([]));
    const line = stalled().at(-1);
    expect(line).toMatchObject({ level: 'warn', work: 'server_message', subject: 'slow-server' });
    expect(line!['ms']).toBeGreaterThanOrEqual(350);
    expect(line!['cpu_ms']).toBeGreaterThan(0);
  });

  it('counts a stall of 100 ms by its work, and no shorter one', () => {
    const { busy, pass } = watched();
    const before = counted('phase');
    begin('phase', 'mcp-oauth');
    pass(99);
    expect(stalled()).toEqual([]);
    begin('phase', 'mcp-oauth');
    busy(80);
    begin('request');
    pass(20);
    expect(stalled()).toMatchObject([{ work: 'phase', subject: 'mcp-oauth', ms: 100 }]);
    expect(counted('phase')).toBe(before + 1);
  });

  it('does not take work that was over at the last look for the one that holds', () => {
    const { pass } = watched();
    begin('phase', 'mcp-oauth');
    pass(0);
    pass(150);
    expect(stalled()).toMatchObject([{ work: 'other', ms: 150 }]);
  });

  it('says no more than one line in ten seconds, and how many it left out', () => {
    const { pass } = watched();
    for (let n = 0; n < 3; n++) pass(150);
    expect(stalled()).toHaveLength(1);
    expect(stalled()[0]).not.toHaveProperty('unsaid');
    pass(10_000);
    expect(stalled()[1]).toMatchObject({ unsaid: 2 });
  });
});
