import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import {
  exchangeGrant,
  startExchangingServer,
} from '../../support/authorization-server/exchanging-server.js';
import type { ExchangingServer } from '../../support/authorization-server/exchanging-server.js';
import { mintToken } from '../../support/authorization-server/mint.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { listTools } from '../../support/rig/direct-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const names = ['none', 'static', 'own', 'exchanged'] as const;

/**
 * With three, whose events meet each in turn, two of them have it from the third. A request is two
 * events: with two workers, those of mcp-aggregate would all meet one.
 */
const workers = [1, 3] as const;

describe.each(workers)('the credential of a direct call, of %i workers', (pluginWorkers) => {
  const servers = {} as Record<(typeof names)[number], HttpFixture>;
  let as: ExchangingServer;
  let gateway: Gateway;
  let resource: string;

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    for (const name of names) listTools((servers[name] = await startHttpFixture()));
    const grants = { redirect_uris: [], response_types: [], scope: 'mcp:tools' };
    const credentials = { client_id: 'gateway', client_secret: 'gateway-secret' };
    as = await startExchangingServer({
      resources: ['https://own.example/mcp', resource],
      clients: [{ ...grants, ...credentials, grant_types: ['client_credentials', exchangeGrant] }],
    });
    const client = { token_endpoint: `${as.issuer}/token`, ...credentials };
    const own = { ...client, resource: 'https://own.example/mcp', scopes: ['mcp:tools'] };
    const token_exchange = { ...client, request: { audience: ['https://exchanged.example'] } };
    const list = [
      { name: 'none' },
      { name: 'static', headers: { Authorization: 'Bearer static' } },
      { name: 'own', auth: { client_credentials: own } },
      { name: 'exchanged', auth: { client_credentials: own, token_exchange } },
    ] as const;
    gateway = await startGateway({
      port,
      pluginWorkers,
      crossing: pluginWorkers > 1,
      declarative: (places) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers: [as.issuer] },
            aggregate: {
              servers: list.map((one) => ({ ...one, direct: true, url: servers[one.name].url })),
            },
            plugins: [...directPlugins, fileLog(places)],
          }),
        ],
      }),
    });
    const token = await tokenOf('ann');
    await untilListed(
      resource,
      names.map((name) => `${name}__x`),
      { token },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([as?.close(), ...Object.values(servers).map((server) => server.close())]);
  });

  const tokenOf = (subject: string) =>
    mintToken({ issuer: as.issuer, resource, subject }, { key: as.key });

  /** What a user's direct calls bring to a server, and the token they came with. */
  async function brought(name: (typeof names)[number], subject: string) {
    const token = await tokenOf(subject);
    const session = await openSession(resource, { token });
    let authorization: string | undefined;
    const call = async (): Promise<boolean> => {
      const params = { name: `${name}__x` };
      const { headers, message } = await rpc(resource, 'tools/call', { token, session, params });
      expect(message?.result).toEqual({ content: [] });
      const isThis = (line: Record<string, unknown>) =>
        (line['request'] as { id: unknown }).id === headers['x-kong-request-id'];
      const line = await until(() => gateway.fileLogLines().find(isThis), { what: 'no log entry' });
      expect(line['mcp']).toMatchObject({ subject });
      authorization = servers[name].of('tools/call').at(-1)!.headers.authorization;
      expect(JSON.stringify(line['request'])).not.toContain(authorization ?? token);
      return (line['mcp'] as { direct?: boolean }).direct === true;
    };
    // The first opens the session at the server, and fetches its token; then one is lent it.
    expect(await call()).toBe(false);
    const brings = new Set<unknown>();
    const all = async () => {
      brings.clear();
      for (let n = 0; n < 2 * pluginWorkers; n++) {
        if (!(await call())) return false;
        brings.add(authorization);
      }
      return true;
    };
    if (pluginWorkers === 1) expect(await all()).toBe(true);
    else await until(all, { what: 'they are not direct in each worker' });
    expect(brings.size).toBe(1);
    return { authorization, token };
  }

  it('is none where none is configured, and the one in headers', async () => {
    expect((await brought('none', 'ann')).authorization).toBeUndefined();
    expect((await brought('static', 'ann')).authorization).toBe('Bearer static');
  });

  it('is the gateway’s own token, or one of the caller’s for this server, and never the client’s', async () => {
    const claimsOf = async (name: 'own' | 'exchanged', subject: string) => {
      const { authorization, token } = await brought(name, subject);
      expect(authorization).not.toContain(token);
      return as.claimsOf(String(authorization).replace('Bearer ', ''));
    };
    const own = await claimsOf('own', 'ann');
    expect([own.aud, own['client_id']]).toEqual(['https://own.example/mcp', 'gateway']);
    for (const subject of ['ann', 'ben']) {
      const exchanged = await claimsOf('exchanged', subject);
      expect(exchanged.sub).toBe(subject);
      expect([exchanged.aud].flat()).toEqual(['https://exchanged.example']);
    }
  });
});
