import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epoch } from '../../support/oauth/signing-key.js';
import { forgeProof, proofForgeKeys } from '../../support/dpop/forge-proof.js';
import type { ProofForge, ProofParts } from '../../support/dpop/forge-proof.js';
import { dpop, proofCases } from '../../support/dpop/proof-cases.js';
import type { ProofHeaders } from '../../support/dpop/proof-cases.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { sendRaw } from '../../support/hostile/raw-http.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint, fileLog } from '../../support/rig/services.js';

/** Behind something that ends TLS: clients know the endpoint by another address than Kong's own. */
const target = 'https://mcp.example.com/mcp';
const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const usual = ['Content-Type: application/json', 'Accept: application/json, text/event-stream'];

describe('proofs of possession', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  let forge: ProofForge;

  beforeAll(async () => {
    const port = await freePort();
    const keys = await proofForgeKeys();
    [issuer, upstream] = await Promise.all([startIssuer([target]), startRecordingUpstream()]);
    const bound = (jkt: string) => ({ claims: { cnf: { jkt } } });
    forge = {
      target,
      keys,
      token: await issuer.token(target, 'alice', bound(keys.own.jkt)),
      unbound: await issuer.token(target),
      others: await issuer.token(target, 'bob', bound(keys.other.jkt)),
      ofRsa: await issuer.token(target, 'alice', bound(keys.rsa.jkt)),
    };
    gateway = await startGateway({
      port,
      conf: { log_level: 'notice' },
      declarative: (places) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            url: upstream.url,
            oauth: {
              resource: target,
              authorization_servers: [issuer.url],
              dpop: { mode: 'allowed', algorithms: ['ES256', 'RS256'] },
            },
            plugins: [fileLog(places)],
          }),
        ],
      }),
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  async function send(headers: ProofHeaders, method = 'POST') {
    const lines = Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => `${name}: ${value}`),
    );
    const before = upstream.requests.length;
    const request = { method, lines: [...usual, ...lines], ...(method === 'POST' ? { body } : {}) };
    const answer = await sendRaw(gateway.at('/mcp'), request);
    const challenges = answer.headers.filter(([name]) => name === 'www-authenticate');
    const reached = upstream.requests.slice(before);
    return { status: answer.status, challenges: challenges.map(([, value]) => value), reached };
  }
  const proof = (parts: ProofParts = {}) => forgeProof(forge, parts);

  it.each(proofCases.map((one) => [one.what, one] as const))(
    'are refused on the wire: %s',
    async (_what, { headers, expected }) => {
      const { status, challenges, reached } = await send(headers(forge));
      expect(reached).toEqual([]);
      // nginx ends some of these itself.
      if (status === 400 && challenges.length === 0) return;
      expect(status).toBe(expected === 'malformed' ? 400 : 401);
      const [challenge = '', ...more] = challenges;
      expect(more).toEqual([]);
      expect(challenge).toMatch(/DPoP [^,]*.*algs="ES256 RS256"/);
      if (typeof expected === 'object') {
        expect(challenge).toContain('proof' in expected ? 'invalid_dpop_proof' : 'invalid_token');
      }
    },
  );

  it('count by the address that clients know, once, for each request anew', async () => {
    const once = proof();
    const good = await send(dpop(forge.token, once));
    expect(good.status).toBe(200);
    const headers = good.reached[0]?.headers ?? {};
    expect(headers).not.toHaveProperty('dpop');
    expect(headers).not.toHaveProperty('authorization');
    expect((await send(dpop(forge.token, once))).challenges).toEqual([
      expect.stringContaining('the proof was used before'),
    ]);
    const get = proof({ claims: { htm: 'GET' } });
    expect((await send(dpop(forge.token, get), 'GET')).status).toBe(200);
    const own = proof({ claims: { htu: gateway.at('/mcp') } });
    expect((await send(dpop(forge.token, own))).status).toBe(401);
  });

  it('are not asked for where a token is not bound, and end here all the same', async () => {
    const bearer = { authorization: `Bearer ${forge.unbound}`, dpop: 'whatever' };
    const { status, reached } = await send(bearer);
    expect(status).toBe(200);
    expect(reached[0]?.headers).not.toHaveProperty('dpop');
  });

  it('count once however many connections bring them at a time', async () => {
    const once = proof({ claims: { iat: epoch(-10) } });
    const all = await Promise.all(
      Array.from({ length: 16 }, () => send(dpop(forge.token, once)).then(({ status }) => status)),
    );
    expect(all.sort()).toEqual([200, ...Array<number>(15).fill(401)]);
  });

  it('stand in no log of the plugin server, nor do tokens', () => {
    const logs = gateway.pluginServer.stderr;
    for (const text of issuer.minted) expect(logs).not.toContain(text);
    expect(logs).not.toContain(forge.keys.own.publicJwk.x);
  });
});
