import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { projectFile } from '../../support/project.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { rpc } from '../../support/rpc.js';

/** `examples/people-and-machines.yml`; the stand-in has none of Kong's authentication plugins. */
describe.runIf(process.env['KONG_BIN'])('people by Kong, machines by mcp-oauth', () => {
  let gateway: Gateway;
  let issuer: Issuer;
  let resource: string;

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    issuer = await startIssuer([resource]);
    const text = readFileSync(projectFile('examples/people-and-machines.yml'), 'utf8')
      .replace('https://gateway.example.com/mcp', resource)
      .replace('https://login.example.com/realms/main', issuer.url);
    gateway = await startGateway({ port, declarative: parse(text) as Declarative });
  });
  afterAll(async () => {
    await gateway?.stop();
    await issuer?.close();
  });

  const ping = async (headers: Readonly<Record<string, string>>) =>
    (await rpc(resource, 'ping', { headers })).status;
  const basic = (word: string) => `Basic ${Buffer.from(`ann:${word}`).toString('base64')}`;
  const jwt = (secret: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('ann')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(secret));

  it('lets each in by its own door', async () => {
    const signed = await jwt('replace-this-secret-of-32-bytes-or-more');
    const answers = {
      key: await ping({ apikey: 'replace-this-key' }),
      password: await ping({ authorization: basic('replace-this-password') }),
      jwt: await ping({ 'x-login': `Bearer ${signed}` }),
      token: await ping({ authorization: `Bearer ${await issuer.token(resource)}` }),
    };
    expect(answers).toEqual({ key: 200, password: 200, jwt: 200, token: 200 });
  });

  it('lets nobody in by another', async () => {
    expect(await ping({ apikey: 'wrong' })).toBe(401);
    expect(await ping({ authorization: basic('wrong') })).toBe(401);
    const forged = await jwt('another secret of at least 32 bytes');
    expect(await ping({ 'x-login': `Bearer ${forged}` })).toBe(401);
    expect(await ping({ authorization: 'Bearer wrong' })).toBe(401);
    // A key that is wrong is not mended by a token that is right, nor is a token by no key.
    const authorization = `Bearer ${await issuer.token(resource)}`;
    expect(await ping({ apikey: 'wrong', authorization })).toBe(401);
  });

  it('who shows nothing is told where to log in', async () => {
    const answer = await rpc(resource, 'ping');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('resource_metadata=');
  });
});
