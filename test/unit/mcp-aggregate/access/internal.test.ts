import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { internalHandles } from '../../../../lib/handles/handles.js';
import type { InternalRequest } from '../../../../lib/handles/handles.js';
import { hopMark } from '../../../../lib/handles/hop-mark.js';
import { internalTickets } from '../../../../lib/handles/sealed/of-process.js';
import { joinSiblings, siblings } from '../../../../lib/workers/siblings.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';

const internal = kongConfig([], { mode: 'internal', servers: undefined });
const path = '/internal/one';
const request: InternalRequest = {
  path,
  httpMethod: 'POST',
  server: 'one',
  asked: { method: 'tools/call', name: 't' },
  session: 'upstream-session',
};
const mint = (more: Partial<InternalRequest> = {}) =>
  internalHandles.mint('internal', { ...request, ...more });

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(() => harness.stop());
const alone = siblings();
afterEach(() => joinSiblings(alone));

const access = (headers: Sent['headers'], more: Partial<Sent> = {}) =>
  harness.access({ as: null, path, headers: headers ?? {}, ...more }, internal);
const arriving = (handle: string, more: Partial<Sent> = {}) =>
  access({ 'x-mcp-internal-handle': handle }, more);
const codeOf = async (kong: ReturnType<typeof access>) =>
  (await kong).exit()?.headers['x-mcp-outcome'];

describe('mcp-aggregate in mode internal', () => {
  it('lets the gateway’s own request on to the Service, in two flushes, without its handle', async () => {
    const kong = await access({
      'x-mcp-internal-handle': mint(),
      x_mcp_internal_handle: 'another spelling',
      'x-mcp-toolsets': 'a header of the server’s own',
      authorization: 'Bearer for the server',
    });
    expect(kong.exit()).toBeUndefined();
    expect(kong.flushes()).toBe(2);
    expect(kong.callsOf('service.setTarget')).toEqual([]);
    expect(kong.callsOf('request.getRawBody')).toEqual([]);
    const { 'content-type': _type, accept: _accept, ...headers } = kong.upstreamHeaders();
    expect(headers).toEqual({
      'x-mcp-toolsets': 'a header of the server’s own',
      authorization: 'Bearer for the server',
    });
  });

  it('names it in the log, without the session itself', async () => {
    const kong = await arriving(mint());
    const [[, key, values]] = kong.callsOf('log.setSerializeValue') as [[string, string, object]];
    expect(key).toBe('mcp');
    expect(values).toEqual({
      method: 'tools/call',
      name: 't',
      server: 'one',
      session: expect.stringMatching(/^[\w-]{16}$/),
      era: 'legacy',
      internal: true,
    });
  });

  it('answers a ticket of another worker with its receipt, in the same two flushes', async () => {
    joinSiblings(fakeNode(2).workers[1]!);
    const ticket = internalTickets().mint(request);
    const kong = await arriving(ticket.text);
    expect(kong.exit()).toBeUndefined();
    expect(kong.flushes()).toBe(2);
    const [[, name, receipt]] = kong.callsOf('response.setHeader') as [[string, string, string]];
    expect(ticket.wasTaken({ [name]: receipt })).toBe(true);
    expect(JSON.stringify(kong.upstreamHeaders())).not.toContain(receipt);
    expect(await codeOf(arriving(ticket.text))).toBe('handle_invalid');
    const elsewhere = internalTickets().mint({ ...request, path: '/internal/other' });
    expect(await codeOf(arriving(elsewhere.text))).toBe('handle_invalid');
  });

  it('lets a handle in once', async () => {
    const handle = mint();
    expect((await arriving(handle)).exit()).toBeUndefined();
    const again = { 'x-mcp-internal-handle': handle, 'x-kong-mcp-hop': hopMark.value };
    expect(await codeOf(access(again))).toBe('handle_invalid');
  });

  it.each<[string, () => ReturnType<typeof access>]>([
    ['no handle', () => access({})],
    ['a forged one', () => arriving(`${'A'.repeat(22)}.${'A'.repeat(22)}`)],
    ['two', () => access({ 'x-mcp-internal-handle': [mint(), mint()] })],
    ['one for another path', () => arriving(mint({ path: '/internal/other' }))],
    ['one for another HTTP method', () => arriving(mint(), { method: 'GET' })],
    ['one of another direction', () => arriving(internalHandles.mint('oauth', request))],
    ['one in the header of an endpoint', () => access({ 'x-mcp-handle': mint() })],
  ])('refuses %s', async (_title, send) => {
    const kong = await send();
    expect(kong.exit()!.status).toBe(403);
    expect(kong.exit()!.headers['x-mcp-outcome']).toBe('handle_invalid');
    expect(JSON.parse(kong.exit()!.body)).toMatchObject({ id: null, error: { code: -32600 } });
    expect(kong.calls.filter(([name]) => name.startsWith('service.'))).toEqual([]);
  });

  it('spends a handle that was shown at a wrong path', async () => {
    const handle = mint();
    await arriving(handle, { path: '/internal/other' });
    expect(await codeOf(arriving(handle))).toBe('handle_invalid');
  });

  it('says loop where a marked request comes again without a handle', async () => {
    const kong = await access({ 'x-kong-mcp-hop': hopMark.value });
    expect(kong.exit()!.status).toBe(508);
    expect(kong.exit()!.headers['x-mcp-outcome']).toBe('loop_detected');
  });
});

describe('an endpoint', () => {
  const call = rpc('tools/call', { name: 'one__t', arguments: {} });
  const anonymous = kongConfig([{ name: 'one' }], { anonymous: true });

  it.each<[string, Partial<Sent>]>([
    ['with an identity', {}],
    ['without one', { as: null }],
    ['with a handle', { headers: { 'x-mcp-internal-handle': mint() } }],
  ])('does not serve what a route server has led to it, %s', async (_title, more) => {
    const headers = { ...more.headers, 'x-kong-mcp-hop': hopMark.value };
    const kong = await harness.access({ json: call, ...more, headers }, anonymous);
    expect(kong.exit()!.status).toBe(508);
    expect(kong.flushes()).toBe(2);
  });

  it('takes a handle of the internal direction for nothing', async () => {
    const headers = { 'x-mcp-internal-handle': mint() };
    const kong = await harness.access({ json: call, as: null, headers });
    expect(kong.exit()!.headers['x-mcp-outcome']).toBe('identity_required');
  });

  it('serves whoever made up a mark', async () => {
    const headers = { 'x-kong-mcp-hop': 'A'.repeat(43) };
    expect((await harness.access({ json: call, headers })).exit()).toBeUndefined();
  });
});
