import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { parseChallenge } from '../../support/hostile/parse-challenge.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { exchange, rpc } from '../../support/rpc.js';
import type { HttpAnswer } from '../../support/rpc.js';

const wellKnown = '/.well-known/oauth-protected-resource';
const scope = 'mcp:tools';

function challengeOf({ headers }: HttpAnswer): Record<string, string> {
  return Object.fromEntries(parseChallenge(String(headers['www-authenticate'])).parameters);
}

describe.each<[string, string | undefined]>([
  ['a gateway that faces its clients', undefined],
  ['a gateway behind a proxy that it trusts', '127.0.0.1/32'],
])('a resource that follows the host, on %s', (_what, trusted) => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  let here: string;
  let named: string;
  const far = 'https://mcp.example.org/mcp';

  beforeAll(async () => {
    const port = await freePort();
    here = `http://127.0.0.1:${port}/mcp`;
    named = `http://localhost:${port}/mcp`;
    [issuer, upstream] = await Promise.all([
      startIssuer([here, named, far]),
      startRecordingUpstream(),
    ]);
    gateway = await startGateway({
      port,
      ...(trusted === undefined ? {} : { conf: { trusted_ips: trusted } }),
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            url: upstream.url,
            oauth: {
              resource: here,
              resource_origins: [new URL(named).origin, new URL(far).origin],
              authorization_servers: [issuer.url],
              required_scopes: [scope],
            },
          }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  const at = (resource: string) => {
    const { origin, pathname } = new URL(resource);
    return `${origin}${wellKnown}${pathname}`;
  };
  /** What the gateway takes for its own address where a proxy says it was called as `far`. */
  const forwarded = () => (trusted === undefined ? here : far);
  const host = (resource: string) => ({ host: new URL(resource).host });
  const proxied = { 'x-forwarded-host': 'mcp.example.org', 'x-forwarded-proto': 'https' };
  const requests = (): [Record<string, string>, string][] => [
    [{}, here],
    [host(named), named],
    [host(far), far],
    [proxied, forwarded()],
    [{ 'x-forwarded-host': 'MCP.example.org:8000' }, forwarded()],
    [{ 'x-forwarded-proto': 'https', 'x-forwarded-port': '1' }, here],
    [{ forwarded: 'host=localhost;proto=https', 'x-original-host': 'localhost' }, here],
  ];

  it('is what challenges and documents name, for GET, POST and DELETE alike', async () => {
    for (const [headers, resource] of requests()) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await exchange(here, method, headers);
        expect(answer.status).toBe(401);
        expect(challengeOf(answer)).toEqual({ resource_metadata: at(resource), scope });
      }
      const document = await exchange(gateway.at(`${wellKnown}/mcp`), 'GET', headers);
      expect(JSON.parse(document.text)).toMatchObject({ resource });
    }
  });

  it('is what a token must be for, also where another host has seen it before', async () => {
    const resources = [here, named, far];
    for (const round of ['new', 'known']) {
      for (const audience of resources) {
        const token = await issuer.token(audience, round);
        for (const [headers, resource] of requests()) {
          const answer = await rpc(here, 'ping', { token, headers });
          expect([headers, audience, answer.status]).toEqual([
            headers,
            audience,
            audience === resource ? 200 : 401,
          ]);
        }
      }
    }
  });

  it.each([
    ['another host', { host: 'evil.example' }],
    ['a host that begins alike', { host: 'mcp.example.org.evil.example' }],
    ['an address of the machine', { host: '127.0.0.2' }],
  ])('is nowhere for %s', async (_which, headers) => {
    const token = await issuer.token(here);
    const before = upstream.requests.length;
    const answers = [
      await rpc(here, 'ping', { token, headers }),
      await exchange(here, 'OPTIONS', headers),
      await exchange(gateway.at(`${wellKnown}/mcp`), 'GET', headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([421, 421, 421]);
    expect(answers[0]?.headers).not.toHaveProperty('www-authenticate');
    expect(upstream.requests.length).toBe(before);
  });

  it('is nowhere for a host that a trusted proxy forwards and nobody has listed', async () => {
    const answer = await exchange(here, 'POST', { 'x-forwarded-host': 'evil.example' });
    expect(answer.status).toBe(trusted === undefined ? 401 : 421);
  });
});
