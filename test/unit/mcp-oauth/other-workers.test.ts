import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerHandleKey, callerHandles } from '../../../lib/handles/handles.js';
import { callerTickets } from '../../../lib/handles/sealed/of-process.js';
import { joinSiblings, siblings } from '../../../lib/workers/siblings.js';
import { pluginOn } from '../../../plugins/mcp-aggregate/plugin.js';
import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { fakeNode } from '../../support/aggregate/fake-siblings.js';
import { FakeUpstream, tool } from '../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../support/aggregate/harness.js';
import type { Harness } from '../../support/aggregate/harness.js';
import { fakeKong } from '../../support/fake-kong-port.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import { testIssuer } from '../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../support/oauth/test-issuer.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
const resource = 'https://mcp.example.com/mcp';
const alone = siblings();
let key: SigningKey;
let issuer: TestIssuer;
let harness: Harness;

beforeAll(async () => {
  host[marker] = 'protobuf';
  key = await signingKey('ES256');
  issuer = await testIssuer(key);
  joinSiblings(fakeNode(2).workers[0]!);
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(async () => {
  delete host[marker];
  joinSiblings(alone);
  await harness.stop();
  await issuer[Symbol.asyncDispose]();
});

function plugin(): Plugin {
  return new Plugin(pluginConfig({ resource, authorization_servers: [issuer.url] }));
}

/** What mcp-oauth leaves for another plugin, which any worker may run. */
async function left(target: Plugin, headers = {}): Promise<string> {
  const payload = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(300), scope: 'a' };
  const token = await signToken(key, payload);
  const kong = fakeKong({ headers: { authorization: `Bearer ${token}`, ...headers } });
  await target.access(kong.port);
  return String(kong.callsOf('ctx.shared.set')[0]?.[2]);
}

describe('mcp-oauth beside other workers', () => {
  it('leaves a ticket that opens on any of them, and keeps nothing', async () => {
    const before = callerHandles.bytes;
    const ticket = await left(plugin());
    expect(callerHandles.bytes).toBe(before);
    expect(callerTickets().redeem(ticket)).toMatchObject({
      identity: { subject: 'alice', scopes: ['a'] },
      authorization: {
        metadataUrl: expect.stringContaining('https://mcp.example.com/.well-known'),
      },
    });
    expect(callerTickets().redeem(ticket)).toBeUndefined();
  });

  it('hands the request over once somebody takes tickets up', async () => {
    const target = plugin();
    const headers = { 'mcp-session-id': 's', cookie: 'c', 'x-mcp-subject': 'root' };
    callerTickets().redeem(await left(target, headers));
    const request = callerTickets().redeem(await left(target, headers))?.request;
    expect({ ...request?.headers }).toEqual({ 'mcp-session-id': 's' });
  });
});

describe('mcp-aggregate beside other workers', () => {
  const call = rpc('tools/call', { name: 'one__t', arguments: {} });
  const access = async (handle: string, config = {}) => {
    const kong = fakeKong({
      shared: { [callerHandleKey]: handle },
      body: Buffer.from(JSON.stringify(call)),
      headers: { 'content-type': 'application/json' },
      method: 'POST',
    });
    const Aggregate = pluginOn(harness.aggregator);
    await new Aggregate(kongConfig([{ name: 'one' }], config)).access(kong.port);
    return kong;
  };

  it('knows from the ticket who calls', async () => {
    const kong = await access(await left(plugin()));
    expect(kong.callsOf('log.setSerializeValue')[0]?.[2]).toMatchObject({ subject: 'alice' });
    expect(kong.callsOf('service.setTarget')).toHaveLength(1);
  });

  it('asks for scopes as mcp-oauth would', async () => {
    const rules = { scope_rules: [{ methods: ['tools/call'], names: [], scopes: ['b'] }] };
    const exit = (await access(await left(plugin()), rules)).exit();
    expect(exit?.status).toBe(403);
    const challenge = exit?.headers['www-authenticate'];
    expect(challenge).toMatch(/^Bearer error="insufficient_scope".*scope="b"/);
    expect(challenge).toContain('resource_metadata="https://mcp.example.com/.well-known/');
  });

  it('refuses a ticket that is used, forged, or another plugin’s', async () => {
    const ticket = await left(plugin());
    await access(ticket);
    for (const bad of [ticket, `${ticket.slice(0, -2)}AA`, '~', '~AAAA', 'x']) {
      expect((await access(bad)).exit()).toMatchObject({ status: 403 });
    }
    const mine = (await access(await left(plugin()))).upstreamHeaders()['x-mcp-handle'];
    expect((await access(String(mine))).exit()).toMatchObject({ status: 403 });
  });
});
