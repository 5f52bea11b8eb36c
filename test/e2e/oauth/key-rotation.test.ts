import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newSigningKey } from '../../../kong/demo/login/authorization-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';

const client = { id: 'job', secret: 'secret' };

describe('an authorization server that changes its key', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  let mcp: string;

  const start = async (port: number, kid: string): Promise<Issuer> =>
    startIssuer([mcp], {
      port,
      signingKey: { ...(await newSigningKey()), kid },
      clients: [client],
    });
  const restart = async (kid: string): Promise<void> => {
    const { port } = new URL(issuer.url);
    await issuer.close();
    issuer = await start(Number(port), kid);
  };
  const issue = () => issuer.server.issueToken({ client, resource: mcp });
  const status = async (token: string) => (await rpc(mcp, 'ping', { token })).status;

  beforeAll(async () => {
    const port = await freePort();
    mcp = `http://127.0.0.1:${port}/mcp`;
    issuer = await start(0, 'one');
    upstream = await startRecordingUpstream();
    const oauth = {
      resource: mcp,
      authorization_servers: [issuer.url],
      required_scopes: [scope],
      jwks_cache_ttl: 2,
      jwks_stale_ttl: 3600,
    };
    const services = [endpoint({ name: 'mcp', path: '/mcp', url: upstream.url, oauth })];
    gateway = await startGateway({ port, declarative: { services } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  it('is believed at once with its new key, while tokens of the old one end with the cache', async () => {
    const old = await issue();
    expect(await status(old)).toBe(200);
    await restart('two');
    expect(await status(await issue())).toBe(200);
    await vi.waitFor(async () => expect(await status(old)).toBe(401), {
      timeout: 8_000,
      interval: 200,
    });
  });

  it('keeps being believed while it is down, by the keys it had; strange keys get 503', async () => {
    const tokens = await Promise.all([issue(), issue(), issue()]);
    expect(await status(tokens[0])).toBe(200);
    const { port } = new URL(issuer.url);
    await issuer.close();
    const stranger = await startIssuer([mcp], {
      signingKey: { ...(await newSigningKey()), kid: 'three' },
    });
    const strange = await stranger.token(mcp, 'eve', { claims: { iss: issuer.url } });
    await stranger.close();
    await vi.waitFor(
      async () => {
        expect(await status(tokens[1])).toBe(200);
        expect(gateway.logText()).toContain('issuer_keys_unavailable');
      },
      { timeout: 8_000, interval: 200 },
    );
    expect(await status(tokens[2])).toBe(200);
    const answer = await rpc(mcp, 'ping', { token: strange });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    issuer = await start(Number(port), 'four');
    await vi.waitFor(async () => expect(await status(await issue())).toBe(200), {
      timeout: 8_000,
      interval: 200,
    });
  });
});
