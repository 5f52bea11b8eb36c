import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import {
  clientKey,
  exchangeGrant,
  startExchangingServer,
} from '../../support/authorization-server/exchanging-server.js';
import type { ExchangingServer } from '../../support/authorization-server/exchanging-server.js';
import { mintToken } from '../../support/authorization-server/mint.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const secret = 'gateway-secret-4711';
const tool = '{"tools":[{"name":"whoami","inputSchema":{"type":"object"}}]}';

describe('credentials of servers behind mcp-aggregate', () => {
  let as: ExchangingServer;
  let gateway: Gateway;
  let resource: string;
  let open: string;
  const servers: Record<string, HttpFixture> = {};
  const minted: string[] = [];
  let jwk: string;

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    open = `http://127.0.0.1:${port}/open`;
    for (const name of ['own', 'signed', 'exchanged', 'picky', 'unset', 'nosecret']) {
      servers[name] = await startHttpFixture();
      servers[name].on('tools/list', (arrived, response) => answer(arrived, response, tool));
    }
    const key = await clientKey();
    jwk = key.jwk;
    const base = { redirect_uris: [], response_types: [], scope: 'mcp:tools' };
    as = await startExchangingServer({
      resources: ['https://own.example/mcp', 'https://signed.example/mcp', resource],
      clients: [
        {
          ...base,
          client_id: 'gateway',
          client_secret: secret,
          grant_types: ['client_credentials', exchangeGrant],
        },
        {
          ...base,
          client_id: 'signer',
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'ES256',
          jwks: { keys: [key.publicKey] },
          grant_types: ['client_credentials'],
        },
      ],
    });
    const client = {
      token_endpoint: `${as.issuer}/token`,
      client_id: 'gateway',
      client_secret: '{vault://env/gateway-secret}',
    };
    const own = { ...client, resource: 'https://own.example/mcp', scopes: ['mcp:tools'] };
    const signed = {
      token_endpoint: `${as.issuer}/token`,
      client_id: 'signer',
      client_auth: 'private_key_jwt',
      client_jwk: '{vault://env/gateway-jwk}',
      client_assertion_audience: as.issuer,
      resource: 'https://signed.example/mcp',
    };
    const exchanged = (audience: string) => ({
      client_credentials: own,
      token_exchange: { ...client, request: { audience: [audience] } },
    });
    const list = [
      { name: 'own', auth: { client_credentials: own } },
      { name: 'signed', auth: { client_credentials: signed } },
      { name: 'exchanged', auth: exchanged('https://exchanged.example') },
      { name: 'picky', auth: exchanged('https://picky.example') },
      { name: 'unset', headers: { 'X-Api-Key': '{vault://env/not-there}' } },
      {
        name: 'nosecret',
        auth: { client_credentials: { ...own, client_secret: '{vault://env/not-there}' } },
      },
    ].map((one) => ({ ...one, url: servers[one.name]!.url }));
    gateway = await startGateway({
      port,
      ...ofOneProcess,
      gatewayEnv: { GATEWAY_SECRET: secret, GATEWAY_JWK: jwk },
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers: [as.issuer] },
            aggregate: { servers: list },
          }),
          endpoint({
            name: 'open',
            path: '/open',
            aggregate: { servers: list, anonymous: true },
          }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([as?.close(), ...Object.values(servers).map((server) => server.close())]);
  });

  const tokenOf = async (subject: string): Promise<string> => {
    const token = await mintToken({ issuer: as.issuer, resource, subject }, { key: as.key });
    minted.push(token);
    return token;
  };
  const call = async (name: string, subject: string): Promise<RpcAnswer> =>
    callTool(resource, `${name}__whoami`, {}, { token: await tokenOf(subject) });
  /** Claims of the tokens that reached a server, checked with the issuer's key. */
  const arrived = async (name: string, method?: string): Promise<JWTPayload[]> => {
    const requests = servers[name]!.arrived.filter(
      (one) => method === undefined || one.method === method,
    );
    const tokens = requests.map(({ headers }) =>
      String(headers.authorization).replace('Bearer ', ''),
    );
    return Promise.all(tokens.map((token) => as.claimsOf(token)));
  };

  it('lists the tools of every server that has its credential, and names the others', async () => {
    const token = await tokenOf('alice');
    const listed = await until(
      async () => {
        const { message } = await rpc(resource, 'tools/list', { token });
        const text = JSON.stringify(message?.result);
        const all = ['own', 'signed', 'exchanged', 'picky'];
        return all.every((name) => text.includes(`${name}__whoami`)) ? text : undefined;
      },
      { what: 'the lists never came' },
    );
    expect(listed).not.toMatch(/unset__|nosecret__/);
    expect(listed).toMatch(/"server":"unset".*a credential it needs has no value/);
    expect(listed).toMatch(/"server":"nosecret".*a credential it needs has no value/);
  });

  it('calls with a token of the gateway’s own, by secret and by signed assertion', async () => {
    for (const name of ['own', 'signed']) {
      expect((await call(name, 'alice')).message?.result).toBeDefined();
      const claims = await arrived(name);
      expect(claims.length).toBeGreaterThan(2);
      for (const { aud } of claims) expect(aud).toBe(`https://${name}.example/mcp`);
    }
    const signed = await arrived('signed');
    expect(signed[0]?.['client_id']).toBe('signer');
  });

  it('exchanges each caller’s token for one with the server’s own audience', async () => {
    for (const subject of ['alice', 'bob', 'alice']) {
      expect((await call('exchanged', subject)).message?.result).toBeDefined();
    }
    const calls = await arrived('exchanged', 'tools/call');
    expect(calls.map(({ sub, aud }) => [sub, aud])).toEqual([
      ['alice', 'https://exchanged.example'],
      ['bob', 'https://exchanged.example'],
      ['alice', 'https://exchanged.example'],
    ]);
    expect(calls[0]).toMatchObject({ act: { sub: 'gateway' } });
    const lists = await arrived('exchanged', 'tools/list');
    for (const { aud } of lists) expect(aud).toBe('https://own.example/mcp');
    expect(as.exchanged.filter((_token, index) => index < 3)).toHaveLength(2);
  });

  it('never shows a client’s token to a server', () => {
    const seen = JSON.stringify(Object.values(servers).flatMap((server) => server.arrived));
    for (const token of minted) expect(seen).not.toContain(token);
    expect(as.presented.every((token) => minted.includes(token))).toBe(true);
    expect(as.presented.length).toBeGreaterThan(0);
  });

  it('says which server a refused exchange concerns, without the authorization server’s words', async () => {
    const refused = await call('picky', 'forbidden');
    expect(refused.status).toBe(200);
    expect(refused.message?.error?.data).toMatchObject({ server: 'picky' });
    expect(refused.text).toContain('picky');
    expect(refused.text).not.toContain('secret reason');
    expect((await call('picky', 'alice')).message?.result).toBeDefined();
  });

  it('needs an access token for an exchange: an anonymous caller is told so', async () => {
    const answered = await until(
      async () => {
        const one = await callTool(open, 'exchanged__whoami', {}, {});
        return one.text.includes('Unknown tool') ? undefined : one;
      },
      { what: 'the open endpoint never listed the tool' },
    );
    expect(answered.message?.error?.message).toContain('call through mcp-oauth');
    expect((await callTool(open, 'own__whoami', {}, {})).message?.result).toBeDefined();
  });

  it('sends nothing at all to a server whose secret has no value', async () => {
    for (const name of ['unset', 'nosecret']) {
      const failed = await call(name, 'alice');
      expect(failed.message?.error?.data).toMatchObject({
        server: name,
        reason: expect.stringContaining('a credential it needs has no value'),
      });
      expect(servers[name]!.arrived).toEqual([]);
    }
    expect(gateway.logText()).toMatch(/headers\.X-Api-Key: is empty/);
    expect(gateway.logText()).toMatch(/client_secret: is empty/);
  });

  it('renews a token that a server has revoked, within the call', async () => {
    const [before] = await arrived('own', 'tools/call');
    const revoked = before?.jti;
    servers['own']!.on('tools/call', (one, response) => {
      const [, payload = ''] = String(one.headers.authorization).split('.');
      const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
      if (jti === revoked) response.writeHead(401).end();
      else answer(one, response, '{"content":[]}');
    });
    expect((await call('own', 'alice')).message?.result).toEqual({ content: [] });
    const claims = await arrived('own', 'tools/call');
    expect(claims.slice(-2).map(({ jti }) => jti === revoked)).toEqual([true, false]);
  });

  it('writes no token and no secret to any log', () => {
    const logs = gateway.logText();
    const keyOnly = (JSON.parse(jwk) as { d: string }).d;
    for (const text of [...minted, ...as.exchanged, secret, keyOnly]) {
      expect(logs).not.toContain(text);
    }
  });
});
