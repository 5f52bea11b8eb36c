import { describe, expect, it } from 'vitest';
import { seenEndpoints } from '../../../kong/controller/core/seen.js';
import { gateway, server, snapshot, conditionOf } from '../../support/kubernetes/resources.js';
import { PaperCluster } from '../../support/kubernetes/paper-cluster.js';

const list = { count: 2, names: ['a__x', 'a__y'], digest: 'd1', age_seconds: 3, last_error: null };
const works = {
  name: 'a',
  state: 'ready',
  circuit: 'closed',
  last_error: null,
  said: { name: 'tickets', version: '1.2', revision: '2025-11-25' },
  eras: { legacy: true, modern: null },
  tools: list,
};
const fails = { ...works, state: 'failing', last_error: 'connection refused' };
const page = (label: string, servers: readonly object[], superseded = false) => ({
  plugins: { 'mcp-aggregate': { endpoints: [{ label, superseded, servers }] } },
});

describe('what plugin servers say', () => {
  it('is found by label, and by the gateway for what runs now', () => {
    const seen = seenEndpoints([
      page('tools/main@2', [works]),
      page('tools/main@1', [fails], true),
      page('', [works]),
    ]);
    expect([...seen.keys()]).toEqual(['tools/main@2', 'tools/main']);
    expect(seen.get('tools/main')?.servers).toMatchObject([{ working: true, tools: { count: 2 } }]);
  });

  it('counts as working where it works for one, with the error of the other', () => {
    const seen = seenEndpoints([page('t/m@1', [fails]), page('t/m@1', [works])]);
    expect(seen.get('t/m@1')).toMatchObject({
      running: 2,
      servers: [{ working: true, lastError: 'connection refused' }],
    });
  });

  it('is nothing for a server that has not been asked yet, nor for what is no page', () => {
    const unasked = { ...works, state: 'idle', tools: { ...list, age_seconds: null } };
    const seen = seenEndpoints([page('t/m@1', [unasked]), 'no page', null, { plugins: 3 }]);
    expect(seen.get('t/m@1')?.servers).toEqual([]);
  });
});

describe('the status of a server', () => {
  const cluster = () => {
    const one = new PaperCluster(
      snapshot({ servers: [server({ name: 'a' })], gateways: [gateway()] }),
    );
    one.settle();
    return one;
  };
  const see = (one: PaperCluster, seen: object, now: string) => {
    one.change({ seen: seenEndpoints([page('tools/main@any', [seen])]), now });
    one.settle();
    return one.server('tools/a')?.status;
  };

  it('has what was seen, and is not written again when the same is seen', () => {
    const one = cluster();
    const status = see(one, works, '2026-03-01T00:01:00Z');
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'True' });
    expect(status).toMatchObject({
      era: 'legacy',
      tools: { count: 2, names: ['a__x', 'a__y'] },
      server: { name: 'tickets', version: '1.2' },
      protocolVersion: '2025-11-25',
    });
    one.written.length = 0;
    see(one, { ...works, tools: { ...list, age_seconds: 9 } }, '2026-03-01T00:02:00Z');
    expect(one.written).toEqual([]);
  });

  it('says since when it does not work, and when it last did', () => {
    const one = cluster();
    see(one, works, '2026-03-01T00:01:00Z');
    const status = see(one, fails, '2026-03-01T00:02:00Z');
    expect(status).toMatchObject({
      lastError: 'connection refused',
      lastSeen: '2026-03-01T00:02:00Z',
    });
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ServerFailing',
      lastTransitionTime: '2026-03-01T00:02:00Z',
    });
    expect(see(one, fails, '2026-03-01T00:09:00Z')).toEqual(status);
  });
});
