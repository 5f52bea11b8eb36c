import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pluginOn } from '../../../../plugins/mcp-aggregate/plugin.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';
import { fakeKong } from '../../../support/fake-kong-port.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(() => harness.stop());

const answers = {
  'router.getRoute': { id: 'r-1', name: 'tools' },
  'router.getService': { id: 's-1', name: 'billing' },
};
const ask = (given: object) =>
  fakeKong({
    body: Buffer.from(JSON.stringify(rpc('tools/list'))),
    headers: { 'content-type': 'application/json' },
    answers: given as Record<string, unknown>,
  });
const instanceOf = (owner: object) =>
  new (pluginOn(harness.aggregator))({ ...kongConfig([{ name: 'one' }]), ...owner });

describe('the name of an endpoint', () => {
  it('is asked for with the first request of an instance, in the first flush, and never again', async () => {
    const instance = instanceOf({ route_id: 'r-1' });
    const first = ask(answers);
    await instance.access(first.port);
    expect(first.callsOf('router.getRoute')).toHaveLength(1);
    expect(first.flushes()).toBe(2);
    const second = ask(answers);
    await instance.access(second.port);
    expect(second.calls.filter(([name]) => name.startsWith('router.'))).toEqual([]);
    expect(harness.aggregator.places.of('r-1')).toEqual({ route: 'tools' });
  });

  it('is new when the route has been named anew and Kong starts the plugin again', async () => {
    await instanceOf({ route_id: 'r-1' }).access(ask(answers).port);
    const renamed = { 'router.getRoute': { id: 'r-1', name: 'other' } };
    await instanceOf({ route_id: 'r-1' }).access(ask(renamed).port);
    expect(harness.aggregator.places.of('r-1').route).toBe('other');
  });

  it('is the Service’s for an entry of a Service, the id where there is no name', async () => {
    await instanceOf({ route_id: null, service_id: 's-1' }).access(ask(answers).port);
    expect(harness.aggregator.places.of('s-1')).toEqual({ service: 'billing' });
    await instanceOf({ route_id: 'r-2' }).access(ask({ 'router.getRoute': { id: 'r-2' } }).port);
    expect(harness.aggregator.places.of('r-2').route).toBe('r-2');
  });

  it('is not asked for where an entry belongs to neither', async () => {
    const kong = ask(answers);
    await instanceOf({ route_id: null }).access(kong.port);
    expect(kong.calls.filter(([name]) => name.startsWith('router.'))).toEqual([]);
  });
});
