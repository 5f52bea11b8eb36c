import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questions } from '../../../lib/fewer-calls/questions.js';
import { callerHandleKey, callerHandles } from '../../../lib/handles/handles.js';
import { setLogLevel } from '../../../lib/log.js';
import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../../support/fake-kong-port.js';
import type { FakeRequest } from '../../support/fake-kong-port.js';
import { answerOf, deedsIn } from '../../support/fewer-calls.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import { testIssuer } from '../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../support/oauth/test-issuer.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
const resource = 'https://mcp.example.com/mcp';
let key: SigningKey;
let issuer: TestIssuer;

beforeAll(async () => {
  setLogLevel('error');
  host[marker] = 'protobuf';
  key = await signingKey('ES256');
  issuer = await testIssuer(key);
});
afterAll(async () => {
  delete host[marker];
  await issuer[Symbol.asyncDispose]();
});

async function bearer(own: Record<string, unknown> = {}): Promise<readonly [string, string]> {
  const claims = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(300), ...own };
  return ['authorization', `Bearer ${await signToken(key, claims)}`];
}

const answer = (...headers: readonly string[]) => answerOf('word', 'POST', '/mcp', ...headers);

async function access(plugin: Plugin, bytes: Buffer | null, more: FakeRequest = {}) {
  const answers = { 'ctx.shared.getBytes': bytes, ...more.answers };
  const kong = fakeKong({ ...more, answers });
  await plugin.access(kong.port);
  const told = kong.callsOf('ctx.shared.tell').flatMap(([, text]) => deedsIn(String(text)));
  return { kong, told, names: kong.calls.map(([name]) => name) };
}

/** A plugin that knows of the function. */
async function knowing(own: Record<string, unknown> = {}): Promise<Plugin> {
  const config = { resource, authorization_servers: [issuer.url], ...own };
  const plugin = new Plugin(pluginConfig(config));
  await access(plugin, answer());
  return plugin;
}

describe('with Kong’s function, mcp-oauth', () => {
  it('asks once, and tells once', async () => {
    const headers = [...(await bearer()), 'x_mcp_subject', 'root', 'x-consumer-id', '1'];
    const { kong, told, names } = await access(await knowing(), answer(...headers));
    expect(names).toEqual(['ctx.shared.getBytes', 'ctx.shared.tell']);
    expect(kong.calls[0]).toEqual(['ctx.shared.getBytes', questions.request]);
    const [word, ...deeds] = told;
    expect(word).toEqual(['!', 'word']);
    expect(deeds.slice(0, 3)).toEqual([
      ['c', 'authorization'],
      ['c', 'x_mcp_subject'],
      ['c', 'x-consumer-id'],
    ]);
    expect(deeds.map(([deed]) => deed)).toEqual(['c', 'c', 'c', 'a', 's']);
    expect(deeds.at(-1)!.slice(0, 2)).toEqual(['s', callerHandleKey]);
    const handed = callerHandles.redeem('oauth', String(deeds.at(-1)![2]));
    expect(handed?.identity.subject).toBe('alice');
  });

  it('takes a repeated header for what it is', async () => {
    const twice = [...(await bearer()), ...(await bearer({ sub: 'bob' }))];
    const { kong, told } = await access(await knowing(), answer(...twice));
    expect([kong.exit()?.status, told]).toEqual([400, []]);
  });

  it.each<[string, readonly string[]]>([
    ['no token', []],
    ['a bad one', ['authorization', 'Bearer x']],
    ['a foreign Origin', ['origin', 'https://evil.example']],
    ['a thousand header lines', Array.from({ length: 2000 }, (_, n) => `x-${n >> 1}`)],
  ])('refuses %s, and tells nothing', async (_what, headers) => {
    const { kong, told } = await access(await knowing(), answer(...headers));
    expect(kong.exit()?.status).toBeGreaterThan(399);
    expect(told).toEqual([]);
  });

  it('tells of claims in headers, and of groups and consumers by calls of their own', async () => {
    const consumer = { id: '0b7e1a4e-8a4c-4b8f-9a39-6c5b3c1f9d10', username: 'alice' };
    const plugin = await knowing({
      claim_to_header: [{ claim: 'sub', header: 'X-User' }],
      authenticated_groups_claim: ['groups'],
      consumer_claim: ['sub'],
      consumer_by: ['username'],
    });
    const { told, names } = await access(
      plugin,
      answer(...(await bearer({ groups: ['a', 'b'] }))),
      { answers: { 'client.loadConsumer': consumer } },
    );
    expect(told).toContainEqual(['h', 'X-User', 'alice']);
    expect(told).toContainEqual(['h', 'X-Consumer-Username', 'alice']);
    expect(told.map(([deed]) => deed)).not.toContain('a');
    expect(names).toContain('client.authenticate');
    expect(names.filter((name) => name === 'ctx.shared.set')).toHaveLength(1);
  });

  it('goes the usual way for a request that it does not answer for', async () => {
    const [name, value] = await bearer();
    const { kong, names } = await access(await knowing(), null, { headers: { [name]: value } });
    expect(names).not.toContain('ctx.shared.tell');
    expect(kong.upstreamHeaders()).toEqual({});
    expect(names).toContain('client.authenticate');
  });
});
