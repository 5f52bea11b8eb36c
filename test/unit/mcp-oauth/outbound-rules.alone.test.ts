import { lookup } from 'node:dns';
import type * as Dns from 'node:dns';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { newVerifier } from '../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { signingKey } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import {
  json,
  keySetPath,
  oauthMetadataPath,
  testIssuer,
} from '../../support/oauth/test-issuer.js';
import { goodToken } from '../../support/oauth/uncached-verifier.js';

// The system's name resolution is what an attacker controls here.
vi.mock('node:dns', async (original) => ({
  ...(await original<typeof Dns>()),
  lookup: vi.fn(),
}));

const answers = new Map<string, string>();
let key: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  key = await signingKey('ES256');
  vi.mocked(lookup).mockImplementation(((
    name: string,
    _options: unknown,
    callback: (error: Error | null, addresses: object[]) => void,
  ) => {
    const address = answers.get(name);
    if (address === undefined) callback(new Error('ENOTFOUND'), []);
    else callback(null, [{ address, family: 4 }]);
  }) as never);
});

/** A verifier as the plugin makes it, with its own way out. */
async function ask(issuer: string, own: Record<string, unknown> = {}) {
  const config = readConfig(pluginConfig({ authorization_servers: [issuer], ...own }));
  const verify = newVerifier(config, { now: Date.now });
  return (await verify(await goodToken(issuer, key))).kind;
}

describe('an issuer configured on a loopback host', () => {
  it('is called there, and may have its keys there', async () => {
    await using issuer = await testIssuer(key);
    expect(await ask(issuer.url)).toBe('verified');
  });

  it('leads to no private address elsewhere', async () => {
    await using issuer = await testIssuer(key);
    const metadata = { issuer: issuer.url, jwks_uri: 'https://10.0.0.1/jwks' };
    issuer.routes.set(oauthMetadataPath, json(metadata));
    const started = performance.now();
    expect(await ask(issuer.url)).toBe('unavailable');
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('is not followed to where it redirects', async () => {
    await using inner = await testIssuer(key);
    await using issuer = await testIssuer(key);
    issuer.routes.set(keySetPath, (_request, response) => {
      response.writeHead(302, { location: `${inner.url}${keySetPath}` });
      response.end();
    });
    expect(await ask(issuer.url)).toBe('unavailable');
    expect(inner.hits(keySetPath)).toBe(0);
  });
});

describe('any other issuer', () => {
  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254'])(
    'whose name resolves to %s is not called',
    async (address) => {
      answers.set('as.example.com', address);
      expect(await ask('https://as.example.com')).toBe('unavailable');
    },
  );

  it('is not called at a private address written in the configuration', async () => {
    expect(await ask('https://10.0.0.1')).toBe('unavailable');
    expect(await ask('https://as.example.com', { jwks_endpoint: 'https://[fd00::1]/k' })).toBe(
      'unavailable',
    );
  });

  it('is called where allow_private_addresses admits it', async () => {
    await using server = await testIssuer(key);
    const { port } = new URL(server.url);
    const issuer = `https://as.example.com:${port}`;
    answers.set('as.example.com', '127.0.0.1');
    const before = vi.mocked(lookup).mock.calls.length;
    // It speaks no TLS, so it is enough that it is connected to.
    let connected = 0;
    server.onConnection(() => (connected += 1));
    expect(await ask(issuer)).toBe('unavailable');
    expect(connected).toBe(0);
    expect(await ask(issuer, { allow_private_addresses: ['loopback'] })).toBe('unavailable');
    expect(connected).toBe(1);
    expect(vi.mocked(lookup).mock.calls.length).toBe(before + 2);
  });
});
