import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import type { RpcMessage } from '../../support/rpc.js';
import { startModernFixture } from '../../support/upstreams/modern-fixture.js';
import type { ModernFixture } from '../../support/upstreams/modern-fixture.js';

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
};
const tool = 'modern__book';
/** Of a server with sessions: its calls wait here. */
const kept = 'legacy__test_elicitation';

describe('calls that wait for their clients', () => {
  let issuer: Issuer;
  let modern: ModernFixture;
  let legacy: FixtureServer;
  let gateway: Gateway;
  let resource: string;

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    [issuer, modern, legacy] = await Promise.all([
      startIssuer([resource]),
      startModernFixture(),
      startFixtureServer(),
    ]);
    const servers = [
      { name: 'modern', url: modern.url, trusted: true },
      { name: 'legacy', url: legacy.url, trusted: true },
    ];
    const claim_rules = [{ effect: 'deny', names: [tool], claim: 'suspended', one_of: ['today'] }];
    gateway = await startGateway({
      port,
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers: [issuer.url] },
            aggregate: { servers, claim_rules },
          }),
        ],
      },
    });
    const token = await as('ann');
    const listed = async () => (await rpc(resource, 'tools/list', { token })).text;
    const isListed = (text: string) => [tool, kept].every((name) => text.includes(name));
    await until(async () => isListed(await listed()), { what: 'the servers never listed' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), modern?.close(), legacy?.close()]);
  });

  const as = (user: string, claims: Record<string, unknown> = {}) =>
    issuer.token(resource, user, { claims });

  async function call(
    token: string,
    flight: string,
    more: object = {},
    name = tool,
  ): Promise<RpcMessage> {
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    };
    const params = { name, arguments: { flight, message: flight }, _meta: meta, ...more };
    const { message } = await rpc(resource, 'tools/call', { token, headers, params });
    return message!;
  }

  const answers = { seat: { action: 'accept', content: { seat: '1A' } } };
  const returning = (parked: RpcMessage) => ({
    requestState: parked.result?.['requestState'],
    inputResponses: answers,
  });

  it('are gone on with for their own caller, with a newer token too', async () => {
    const parked = await call(await as('ann'), 'KP 1');
    expect(parked.result).toMatchObject({ resultType: 'input_required' });
    const done = await call(await as('ann', { note: 'newer' }), 'KP 1', returning(parked));
    expect(JSON.stringify(done.result)).toContain('booked KP 1, seat 1A');
  });

  it('do not open for another user, nor for the same one as another client', async () => {
    const parked = await call(await as('ann', { client_id: 'one' }), 'KP 2');
    expect((await call(await as('ben', { client_id: 'one' }), 'KP 2', returning(parked))).error) //
      .toMatchObject({ code: -32602 });
    expect((await call(await as('ann', { client_id: 'two' }), 'KP 2', returning(parked))).error) //
      .toMatchObject({ code: -32602 });
    const done = await call(await as('ann', { client_id: 'one' }), 'KP 2', returning(parked));
    expect(JSON.stringify(done.result)).toContain('booked KP 2');
  });

  it('are not gone on with for a caller from whom the tool has been taken meanwhile', async () => {
    const parked = await call(await as('ann'), 'KP 3');
    modern.arrived.length = 0;
    const refused = await call(await as('ann', { suspended: 'today' }), 'KP 3', returning(parked));
    expect(refused.error).toMatchObject({ code: -32602 });
    expect(modern.arrived).toEqual([]);
  });

  it('a state is no session, cursor or event id, and none of them a state', async () => {
    const token = await as('ann');
    const parked = await call(token, 'KP 4');
    const state = String(parked.result?.['requestState']);
    const session = await openSession(resource, { token });
    expect((await rpc(resource, 'ping', { token, session: state })).status).toBe(404);
    const listed = await rpc(resource, 'tools/list', { token, session, params: { cursor: state } });
    expect(listed.message?.error).toMatchObject({ code: -32602 });
    for (const requestState of [session, `${state}A`, '', 'x'.repeat(9000)]) {
      const { error } = await call(token, 'KP 4', { requestState, inputResponses: answers });
      expect(error).toMatchObject({ code: -32602 });
    }
  });

  it('of one caller are so many at most, which leaves room for others', async () => {
    const token = await as('greedy');
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) => call(token, `G ${i}`, {}, kept)),
    );
    const refused = all.filter(({ error }) => error !== undefined);
    expect(refused).toHaveLength(8);
    expect((await call(await as('ann'), 'KP 5', {}, kept)).result).toMatchObject({
      resultType: 'input_required',
    });
  });

  it('open once, unlike what is asked by a server that keeps nothing itself', async () => {
    const token = await as('ann');
    const parked = await call(token, 'KP 6', {}, kept);
    const [key] = Object.keys(parked.result?.['inputRequests'] as object);
    const again = {
      requestState: parked.result?.['requestState'],
      inputResponses: { [key!]: { action: 'accept', content: { username: 'a', email: 'b' } } },
    };
    const done = await call(token, 'KP 6', again, kept);
    expect(done.result).toMatchObject({ resultType: 'complete' });
    expect((await call(token, 'KP 6', again, kept)).error).toMatchObject({ code: -32602 });
  });
});
