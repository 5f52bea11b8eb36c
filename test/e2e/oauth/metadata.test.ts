import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { parseChallenge } from '../../support/hostile/parse-challenge.js';
import { sendRaw } from '../../support/hostile/raw-http.js';
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

describe('several endpoints on one gateway', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  /** One path begins with another, and one endpoint is the whole host. */
  const paths = ['', '/tools', '/tools/inner', '/other'];

  beforeAll(async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    [issuer, upstream] = await Promise.all([
      startIssuer(paths.map((path) => `${origin}${path}`)),
      startRecordingUpstream(),
    ]);
    const [whole, ...others] = paths.map((path) => ({
      name: `e${path.replaceAll('/', '-')}`,
      path,
      url: upstream.url,
      oauth: {
        resource: `${origin}${path}`,
        authorization_servers: [issuer.url],
        required_scopes: [scope],
        resource_name: `Endpoint ${path}`,
        resource_documentation: 'https://docs.example/mcp',
        resource_policy_uri: 'https://docs.example/policy',
        resource_tos_uri: 'https://docs.example/terms',
        resource_signing_alg_values_supported: ['ES256'],
        metadata_extra: { 'resource_name#fr': 'Outils', tags: '["a","b"]', beta: 'true' },
      },
    }));
    gateway = await startGateway({
      port,
      declarative: {
        services: [...others.map(endpoint), endpoint({ ...whole!, path: '/?' })],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  it.each(paths)('has for %j a document of its own, that its challenges name', async (path) => {
    const challenges = await Promise.all(
      ['GET', 'POST', 'DELETE'].map((method) => exchange(gateway.at(path || '/'), method, {})),
    );
    const address = gateway.at(`${wellKnown}${path}`);
    for (const answer of challenges) {
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)).toEqual({ resource_metadata: address, scope });
    }
    const document = await fetch(address);
    expect(await document.json()).toEqual({
      resource: gateway.at(path),
      authorization_servers: [issuer.url],
      scopes_supported: [scope],
      bearer_methods_supported: ['header'],
      resource_signing_alg_values_supported: ['ES256'],
      resource_name: `Endpoint ${path}`,
      'resource_name#fr': 'Outils',
      resource_documentation: 'https://docs.example/mcp',
      resource_policy_uri: 'https://docs.example/policy',
      resource_tos_uri: 'https://docs.example/terms',
      tags: ['a', 'b'],
      beta: true,
    });
  });

  it.each(paths)('admits to %j tokens of its own only', async (path) => {
    const answers = paths.map(async (other) => {
      const token = await issuer.token(gateway.at(other));
      return [other, (await rpc(gateway.at(path || '/'), 'ping', { token })).status];
    });
    expect(await Promise.all(answers)).toEqual(
      paths.map((other) => [other, other === path ? 200 : 401]),
    );
  });

  it('lets anyone read it from anywhere, and keep it for a while', async () => {
    const answer = await exchange(gateway.at(`${wellKnown}/tools`), 'GET', {
      origin: 'https://page.example',
      host: 'evil.example',
      authorization: 'Bearer nonsense',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
      'content-type': 'application/json',
    });
    expect(JSON.parse(answer.text)).toMatchObject({ resource: gateway.at('/tools') });
  });

  it('answers HEAD as GET, without a body', async () => {
    const target = `${wellKnown}/tools`;
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => sendRaw(gateway.at('/tools'), { method, target })),
    );
    const lasting = (answer: typeof get) =>
      answer?.headers.filter(([name]) => /^(content-type|cache|access)/.test(name));
    expect(head?.status).toBe(200);
    expect(head?.body).toBe('');
    expect(lasting(head)).toEqual(lasting(get));
    expect(get?.body).not.toBe('');
  });

  it('answers preflights there', async () => {
    const answer = await exchange(gateway.at(`${wellKnown}/tools`), 'OPTIONS', {
      origin: 'https://page.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': '*',
    });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('answers %s there with 405', async (method) => {
    const answer = await exchange(gateway.at(`${wellKnown}/tools`), method, {});
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('has proxied nothing but what came with a token', () => {
    const reached = upstream.requests.filter(
      ({ url, method }) => /known/.test(url) || method !== 'POST',
    );
    expect(reached).toEqual([]);
    expect(upstream.requests).toHaveLength(paths.length);
  });
});

describe('the root address', () => {
  it('is answered by the one endpoint that claims it', async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const service = (path: string, root: boolean) => ({
      name: path.slice(1),
      url: 'http://127.0.0.1:9',
      routes: [
        {
          name: path.slice(1),
          paths: [`~${path}$`, `~${wellKnown}${path}$`, ...(root ? [`~${wellKnown}$`] : [])],
        },
      ],
      plugins: [
        {
          name: 'mcp-oauth',
          config: {
            resource: `${origin}${path}`,
            authorization_servers: ['https://as.example'],
            serve_root_metadata: root,
          },
        },
      ],
    });
    await using gateway = await startGateway({
      port,
      declarative: { services: [service('/a', false), service('/b', true)] },
    });
    const documents = [wellKnown, `${wellKnown}/a`, `${wellKnown}/b`].map(async (path) => {
      const document = await fetch(gateway.at(path));
      return ((await document.json()) as { resource: string }).resource;
    });
    expect(await Promise.all(documents)).toEqual([`${origin}/b`, `${origin}/a`, `${origin}/b`]);
  });
});
