import { X509Certificate, hash } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';
import { selfSigned } from '../../support/tls/authority.js';
import type { Issued } from '../../support/tls/authority.js';

const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const headers = { 'content-type': 'application/json', accept: 'application/json' };
const noTls = process.env['KONG_BIN'] ? undefined : 'the stand-in has no TLS';

describe('tokens bound to a client certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mtls-'));
  const [server, mine, yours] = ['localhost', 'mine', 'yours'].map((name) => selfSigned(name));
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const plain = await freePort();
    [issuer, upstream] = await Promise.all([
      startIssuer([resource('allowed'), resource('required')]),
      startRecordingUpstream(),
    ]);
    const place = (name: string, text: string): string => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const tls = {
      proxy_listen: `127.0.0.1:${plain}, 127.0.0.1:${port} ssl`,
      ssl_cert: place('cert.pem', server!.cert),
      ssl_cert_key: place('key.pem', server!.key),
      nginx_proxy_ssl_verify_client: 'optional_no_ca',
    };
    gateway = await startGateway({
      port: plain,
      conf: noTls === undefined ? tls : {},
      declarative: {
        services: ['allowed', 'required'].map((mode) =>
          endpoint({
            name: mode,
            path: `/${mode}`,
            url: upstream.url,
            oauth: {
              resource: resource(mode),
              authorization_servers: [issuer.url],
              mtls_bound_tokens: mode,
            },
          }),
        ),
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const resource = (mode: string): string => `https://gateway.example.com/${mode}`;
  const bound = (mode: string, { cert }: Issued): Promise<string> => {
    const digest = hash('sha256', new X509Certificate(cert).raw, 'base64url');
    return issuer.token(resource(mode), 'alice', { claims: { cnf: { 'x5t#S256': digest } } });
  };

  function send(mode: string, token: string, client?: Issued): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path: `/${mode}`,
          method: 'POST',
          headers: { ...headers, authorization: `Bearer ${token}` },
          rejectUnauthorized: false,
          agent: false,
          ...(client ? { cert: client.cert, key: client.key } : {}),
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  it.skipIf(noTls !== undefined)(
    `pass with that certificate alone${noTls ? ` (${noTls})` : ''}`,
    async () => {
      for (const mode of ['allowed', 'required']) {
        const token = await bound(mode, mine!);
        expect(await send(mode, token, mine)).toBe(200);
        expect(await send(mode, token, yours)).toBe(401);
        expect(await send(mode, token)).toBe(401);
      }
      const unbound = await issuer.token(resource('allowed'));
      expect(await send('allowed', unbound)).toBe(200);
      expect(await send('allowed', unbound, mine)).toBe(200);
      const never = await issuer.token(resource('required'));
      expect(await send('required', never, mine)).toBe(401);
    },
  );

  it('are refused where there is no TLS, and others pass as the mode says', async () => {
    const at = async (mode: string, token: string) => {
      const answer = await rpc(gateway.at(`/${mode}`), 'ping', { token });
      return [answer.status, answer.headers['www-authenticate'] ?? ''];
    };
    const none = expect.stringContaining('none was presented') as unknown;
    expect(await at('allowed', await bound('allowed', mine!))).toEqual([401, none]);
    expect(await at('required', await bound('required', mine!))).toEqual([401, none]);
    expect(await at('allowed', await issuer.token(resource('allowed')))).toEqual([200, '']);
    const bare = await at('required', await issuer.token(resource('required')));
    expect(bare).toEqual([401, expect.stringContaining('only tokens bound to a client')]);
  });

  it('are announced', async () => {
    const address = gateway.at('/.well-known/oauth-protected-resource/allowed');
    expect(await (await fetch(address)).json()).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
    });
  });
});
