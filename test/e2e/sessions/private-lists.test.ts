import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exchangingClient,
  startExchangingServer,
} from '../../support/authorization-server/exchanging-server.js';
import type { ExchangingServer } from '../../support/authorization-server/exchanging-server.js';
import { mintToken } from '../../support/authorization-server/mint.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const secret = 'gateway-secret-4711';
const alice = { subject: 'alice', client: 'desktop', scope: 'mcp:tools' };
const bob = { subject: 'bob', client: 'desktop', scope: 'mcp:tools' };
/** The same user through another client, that was given more. */
const admin = { subject: 'alice', client: 'console', scope: 'mcp:tools admin' };
type Who = typeof alice;

/** What a caller's token lets a server show. */
function toolsFor({ sub, scope }: JWTPayload): string {
  const names = ['whoami', `of_${String(sub)}`];
  if (String(scope).includes('admin')) names.push('admin');
  const tools = names.map((name) => `{"name":"${name}","inputSchema":{"type":"object"}}`);
  return `{"tools":[${tools.join()}]}`;
}

describe('a server that shows each user other tools', () => {
  let as: ExchangingServer;
  let gateway: Gateway;
  let url: string;
  let own: HttpFixture;
  let shared: HttpFixture;
  /** Status for all requests of a subject, in place of an answer. */
  const refused = new Map<string, number>();

  const claimsOf = ({ headers }: Arrived) =>
    as.claimsOf(String(headers.authorization).replace('Bearer ', ''));

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/mcp`;
    [own, shared] = await Promise.all([
      startHttpFixture({ capabilities: '{"tools":{},"prompts":{}}' }),
      startHttpFixture(),
    ]);
    as = await startExchangingServer({ resources: [url], clients: [exchangingClient(secret)] });
    own.on('tools/list', async (arrived, response) => {
      const claims = await claimsOf(arrived);
      const status = refused.get(String(claims.sub));
      if (status === undefined) answer(arrived, response, toolsFor(claims));
      else response.writeHead(status).end();
    });
    own.on('tools/call', async (arrived, response) => {
      const { sub, scope } = await claimsOf(arrived);
      const status = refused.get(String(sub));
      if (status !== undefined) return void response.writeHead(status).end();
      const text = `${String(sub)} ${String(scope)}`;
      answer(arrived, response, JSON.stringify({ content: [{ type: 'text', text }] }));
    });
    own.on('prompts/list', (arrived, response) => answer(arrived, response, '{"prompts":[]}'));
    shared.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"s","inputSchema":{"type":"object"}}]}'),
    );
    const exchange = {
      token_endpoint: `${as.issuer}/token`,
      client_id: 'gateway',
      client_secret: secret,
      request: { audience: ['https://own.example'] },
    };
    gateway = await startGateway({
      port,
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource: url, authorization_servers: [as.issuer] },
            aggregate: {
              servers: [
                { name: 'own', url: own.url, auth: { token_exchange: exchange } },
                { name: 'shared', url: shared.url },
              ],
              list_ttl: 3600,
              claim_rules: [
                {
                  names: ['own__of_bob'],
                  claim: 'client_id',
                  equals: 'desktop',
                  effect: 'deny',
                },
              ],
            },
          }),
        ],
      },
    });
    const token = await tokenOf(alice);
    await until(
      async () => {
        await rpc(url, 'ping', { token });
        return shared.of('tools/list').length > 0;
      },
      { what: 'the shared list was never fetched' },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([as?.close(), own?.close(), shared?.close()]);
  });

  const tokenOf = ({ subject, client, scope }: Who) =>
    mintToken(
      { issuer: as.issuer, resource: url, subject, scope },
      { key: as.key, claims: { client_id: client } },
    );
  const list = async (who: Who): Promise<{ names: string[]; text: string }> => {
    const { message, text } = await rpc(url, 'tools/list', { token: await tokenOf(who) });
    const tools = message?.result?.['tools'] as { name: string }[];
    return { names: tools.map(({ name }) => name), text };
  };
  const call = async (who: Who, name: string) =>
    callTool(url, name, {}, { token: await tokenOf(who) });

  it('is asked for nothing before somebody wants to know its tools', () => {
    expect(own.arrived).toEqual([]);
  });

  it('shows them to that user only, beside what all see', async () => {
    expect((await list(alice)).names).toEqual(['own__whoami', 'own__of_alice', 'shared__s']);
    // A rule of the endpoint hides one of bob's own tools from bob.
    expect((await list(bob)).names).toEqual(['own__whoami', 'shared__s']);
    expect((await list(alice)).names).toEqual(['own__whoami', 'own__of_alice', 'shared__s']);
  });

  it('shows them by what the client was given, not by the user alone', async () => {
    const names = ['own__whoami', 'own__of_alice', 'own__admin', 'shared__s'];
    expect((await list(admin)).names).toEqual(names);
    expect((await list(alice)).names).not.toContain('own__admin');
  });

  it('fetches a list once per caller, with the token exchanged for that caller', async () => {
    const listed = await Promise.all(own.of('tools/list').map(claimsOf));
    const callers = listed.map(({ sub, client_id }) => `${String(sub)} ${String(client_id)}`);
    expect(callers).toEqual(['alice desktop', 'bob desktop', 'alice console']);
    for (const { aud } of listed) expect(aud).toBe('https://own.example');
  });

  it('calls what is in the caller’s own list; the rest is unknown', async () => {
    const mine = await call(alice, 'own__of_alice');
    expect(mine.message?.result?.['content']).toEqual([{ type: 'text', text: 'alice mcp:tools' }]);
    for (const [who, name] of [
      [bob, 'own__of_alice'],
      [bob, 'own__of_bob'],
      [alice, 'own__admin'],
    ] as const) {
      const { message } = await call(who, name);
      expect(message?.error?.message).toBe(`Unknown tool: ${name}`);
    }
    const { message } = await call(admin, 'own__admin');
    expect(JSON.stringify(message?.result)).toContain('alice mcp:tools admin');
  });

  it('answers a first call without a list before it', async () => {
    const carol = { ...bob, subject: 'carol' };
    const { message } = await call(carol, 'own__of_carol');
    expect(JSON.stringify(message?.result)).toContain('carol mcp:tools');
  });

  it('declares what the caller’s servers offer together', async () => {
    const dave = { ...bob, subject: 'dave' };
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const { message } = await rpc(url, 'initialize', { token: await tokenOf(dave), params });
    expect(Object.keys(message?.result?.['capabilities'] as object).sort()).toEqual([
      'prompts',
      'tools',
    ]);
    expect(await openSession(url, { token: await tokenOf(dave) })).not.toBe('');
  });

  it.each([401, 403])(
    'shows nothing more of it once it answers %i to that caller',
    async (status) => {
      const erin = { ...bob, subject: `erin${status}` };
      expect((await list(erin)).names).toContain(`own__of_erin${status}`);
      refused.set(`erin${status}`, status);
      const { message } = await call(erin, `own__of_erin${status}`);
      expect(message?.error?.data).toMatchObject({ server: 'own' });
      // Other workers are told.
      const shown = async () => {
        const { names, text } = await list(erin);
        return names.length === 1 && { names, text };
      };
      const { names, text } = await until(shown, { what: `${status}: the list was shown still` });
      expect(names).toEqual(['shared__s']);
      expect(text).toContain(`refused the token exchanged for this caller (HTTP ${status})`);
      expect((await list(alice)).names).toContain('own__of_alice');
      expect((await call(alice, 'own__whoami')).message?.result).toBeDefined();
    },
  );

  it('names the server to a caller for whom no token can be had, and goes on for others', async () => {
    const { names, text } = await list({ ...bob, subject: 'forbidden' });
    expect(names).toEqual(['shared__s']);
    expect(text).toMatch(/"server":"own".*cannot be used for this caller/);
    expect((await list(alice)).names).toContain('own__of_alice');
  });
});
