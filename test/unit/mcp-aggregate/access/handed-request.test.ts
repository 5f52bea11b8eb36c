import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerHandleKey, callerHandles } from '../../../../lib/handles/handles.js';
import { pluginOn } from '../../../../plugins/mcp-aggregate/plugin.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { identityOf, kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';
import { fakeKong } from '../../../support/fake-kong-port.js';

let harness: Harness;
const call = rpc('tools/call', { name: 'one__t', arguments: {} });
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(() => harness.stop());

describe('behind mcp-oauth, which hands the request over', () => {
  const handed = (method = 'POST') => ({
    shared: {
      [callerHandleKey]: callerHandles.mint('oauth', {
        identity: identityOf('eve'),
        request: { method, headers: { 'content-type': 'application/json' } },
      }),
    },
    body: Buffer.from(JSON.stringify(call)),
    headers: { 'content-type': 'text/plain' },
    method: 'PATCH',
  });
  const plugin = () => new (pluginOn(harness.aggregator))(kongConfig([{ name: 'one' }]));

  it('asks Kong for handle and body alone, from the second request on', async () => {
    const instance = plugin();
    const first = fakeKong({
      ...handed(),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    await instance.access(first.port);
    expect(first.callsOf('request.getHeaders')).toHaveLength(1);
    const second = fakeKong(handed());
    await instance.access(second.port);
    expect(second.calls.slice(0, 2).map(([name]) => name)).toEqual([
      'ctx.shared.get',
      'request.getRawBody',
    ]);
    expect(second.callsOf('request.getHeaders')).toEqual([]);
    expect(second.callsOf('service.setTarget')).toHaveLength(1);
    expect(second.flushes()).toBe(2);
  });

  it('asks for the rest when a request comes without it, and refuses a stranger', async () => {
    const instance = plugin();
    await instance.access(fakeKong(handed()).port);
    await instance.access(fakeKong(handed()).port);
    const stranger = fakeKong({ body: Buffer.from(JSON.stringify(call)) });
    await instance.access(stranger.port);
    expect(stranger.exit()).toMatchObject({ status: 403 });
    expect(stranger.callsOf('client.getConsumer')).toHaveLength(1);
  });
});
