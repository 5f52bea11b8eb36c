import { describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import { endpoint } from '../../support/rig/services.js';

const good = { resource: 'https://x.example/mcp', authorization_servers: ['https://as.example'] };
const endpoints = { introspection_endpoint: 'https://as.example/i' };
const two = ['https://as.example', 'https://b.example'];
const one = (more: object) => ({ servers: [{ name: 'a', url: 'https://s.example', ...more }] });
const keys = { jwks_endpoint: 'https://as.example/k' };
const token = { token_endpoint: 'https://as.example/t', client_id: 'c' };

/** Configurations that a plugin would refuse, each with what Kong says of it. */
const bad: readonly (readonly [kind: 'oauth' | 'aggregate', config: object, text: string])[] = [
  ['oauth', { ...good, resource: 'http://a.example.com/mcp' }, 'must use https; http is for'],
  ['oauth', { ...good, resource: 'https://a.example/mcp/' }, 'must not end with a slash'],
  [
    'oauth',
    { ...good, ...endpoints, client_secret: 's' },
    'introspection_endpoint needs client_id',
  ],
  ['oauth', { ...good, ...endpoints, client_id: 'c' }, 'needs client_secret, or client_jwk'],
  [
    'oauth',
    { ...good, ...keys, authorization_servers: two },
    'jwks_endpoint is for a single issuer: with several, use issuers',
  ],
  [
    'oauth',
    { ...good, ...keys, issuers: [{ issuer: 'https://as.example' }] },
    "these sets are mutually exclusive: ('jwks_endpoint'), ('issuers')",
  ],
  [
    'oauth',
    { ...good, consumer_claim: ['sub'], authorization_servers: two },
    'consumer_claim is for a single issuer',
  ],
  ['oauth', { ...good, required_scopes: ['offline_access'] }, 'is no scope of a resource'],
  ['aggregate', { anonymous: true }, 'servers is needed unless mode is internal'],
  ['aggregate', { mode: 'internal', anonymous: true }, 'anonymous has no meaning in mode internal'],
  ['aggregate', { mode: 'internal', ...one({}) }, 'servers has no meaning in mode internal'],
  [
    'aggregate',
    { mode: 'internal', protocol_versions: ['2026-07-28'] },
    'protocol_versions has no meaning in mode internal',
  ],
  ['aggregate', { ...one({}), protocol_versions: ['2024-11-05'] }, 'expected one of: 2026-07-28'],
  ['aggregate', one({ protocol_versions: ['2024-10-07'] }), 'expected one of: 2026-07-28'],
  ['aggregate', one({ transport: 'sse', direct: true }), 'direct does not go with transport sse'],
  ['aggregate', one({ stdio_scope: 'session' }), 'stdio_scope session is for stdio servers'],
  ['aggregate', one({ forward_headers: ['Cookie'] }), 'is never handed on to servers'],
  [
    'aggregate',
    one({ headers: { Authorization: 'Bearer {vault://env/x}' } }),
    'a vault reference must be the whole value',
  ],
  ['aggregate', one({ auth: { client_credentials: token } }), 'client_secret is needed for'],
  [
    'aggregate',
    one({ url: 'http://s.example', ssl_server_name: 's' }),
    'ssl_server_name is for https servers only',
  ],
  ['aggregate', one({ timeout: 1 }), 'value should be between 100 and 3600000'],
];

async function startError(services: readonly object[]): Promise<string> {
  try {
    const gateway = await startGateway({ declarative: { services } });
    await gateway.stop();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it has started';
}

describe('the gateway refuses at its door what a plugin would refuse', () => {
  // nginx cuts a line of its log, so not all at once.
  it.each([0, 6, 12])('with the sentence that mends it, and no noise: from %i on', async (from) => {
    const some = bad.slice(from, from + 6);
    const services = some.map(([kind, config], at) =>
      endpoint({ name: `bad-${at}`, path: `/bad-${at}`, [kind]: config }),
    );
    const text = await startError(services);
    expect(some.map(([, , wanted]) => wanted).filter((each) => !text.includes(each))).toEqual([]);
    expect(text).not.toContain('failed conditional validation');
  });

  it('and lets good ones in', async () => {
    const mutual = { client_certificate: '{vault://env/cert}', client_key: '{vault://env/key}' };
    const credentials = { ...token, client_secret: '{vault://env/secret}' };
    const services = [
      endpoint({
        name: 'good',
        path: '/good',
        oauth: { ...good, ...endpoints, client_id: 'c', client_jwk: '{vault://env/jwk}' },
        aggregate: one({ ...mutual, auth: { client_credentials: credentials } }),
      }),
      endpoint({ name: 'inner', path: '/inner', aggregate: { mode: 'internal' } }),
    ];
    expect(await startError(services)).toBe('it has started');
  });
});
