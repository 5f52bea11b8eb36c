import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider } from '../../support/authorization-server/oauth-client.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import { listenOnLoopback } from '../../support/loopback-server.js';
import type { LoopbackServer } from '../../support/loopback-server.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';
import { passes, runClientScenario } from '../suite.js';

/** Scenarios of the official suite whose authorization server a facade can stand before. */
const scenarios = [
  'auth/metadata-default',
  'auth/metadata-var1',
  'auth/metadata-var2',
  'auth/metadata-var3',
  'auth/basic-cimd',
  'auth/scope-from-scopes-supported',
  'auth/scope-omitted-when-undefined',
  'auth/token-endpoint-auth-basic',
  'auth/token-endpoint-auth-post',
  'auth/token-endpoint-auth-none',
  'auth/offline-access-scope',
  'auth/offline-access-not-supported',
];

interface Metadata {
  readonly resource: string;
  readonly scopes_supported?: readonly string[];
  readonly authorization_servers: readonly [string];
}

/** The client that the suite starts: tells the tests which server it is to talk to, and waits. */
const teller = `
const [port, url] = process.argv.slice(2);
const answer = await fetch('http://127.0.0.1:' + port + '/', { method: 'POST', body: url });
process.stdout.write(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
`;

/** Known by the address that the suite's authorization server looks for, where it takes one. */
class Addressed extends HeadlessOAuthProvider {
  readonly clientMetadataUrl = 'https://conformance-test.local/client-metadata.json';

  override get clientMetadata() {
    return { ...super.clientMetadata, application_type: 'native' };
  }
}

/** The suite's own server and authorization server, with the facade between them and the client. */
describe('the official suite’s clients through a facade', () => {
  let gateway: Gateway;
  let told: LoopbackServer;
  let introspection: LoopbackServer;
  const folder = mkdtempSync(join(tmpdir(), 'facade-client-'));
  const script = join(folder, 'tell.mjs');

  beforeAll(async () => {
    writeFileSync(script, teller);
    gateway = await startGateway({ declarative: { services: [] } });
    // The suite's tokens are opaque, and nobody can be asked about them.
    introspection = await listenOnLoopback(
      createServer((_request, response) => {
        const answer = { active: true, aud: gateway.at('/mcp'), sub: 'suite', client_id: 'suite' };
        response.end(JSON.stringify({ ...answer, token_type: 'Bearer' }));
      }),
    );
    const server = createServer((request, response) => {
      const done = (status: number, said: string) => response.writeHead(status).end(said);
      text(request)
        .then(run)
        .then(
          () => done(200, ''),
          (error: unknown) => done(500, String(error)),
        );
    });
    told = await listenOnLoopback(server);
  });
  afterAll(async () => {
    await gateway?.stop();
    await told?.[Symbol.asyncDispose]();
    await introspection?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(url: string): Promise<void> {
    await gateway.reload(await declarative(url));
    const authProvider = new Addressed();
    const transport = () => {
      return new StreamableHTTPClientTransport(new URL(gateway.at('/mcp')), { authProvider });
    };
    const client = new Client({ name: 'through a facade', version: '1' });
    const first = transport();
    await expect(client.connect(first)).rejects.toThrow();
    await first.finishAuth(authProvider.code ?? '');
    await client.connect(transport());
    await client.listTools();
    await client.close();
  }

  async function declarative(url: string): Promise<Declarative> {
    const {
      authorization_servers: issuers,
      resource,
      scopes_supported = [],
    } = await metadataOf(url);
    const [issuer] = issuers;
    const oauth = {
      resource: gateway.at('/mcp'),
      authorization_servers: [issuer],
      introspection_endpoint: `http://127.0.0.1:${introspection.port}/`,
      client_id: 'gateway',
      client_secret: 'secret',
      passthrough_credentials: true,
      scopes_supported: scopes_supported.filter((scope) => scope !== 'offline_access'),
      facade: { registration: 'proxy', resource_parameter: 'replace', resource_value: resource },
    };
    return { services: [facadeEndpoint({ name: 'mcp', path: '/mcp', oauth, url })] };
  }

  it.each(scenarios)('%s', async (scenario) => {
    const command = `${process.execPath} ${script} ${told.port}`;
    const count = await runClientScenario(scenario, command);
    expect([count.why, passes(count)]).toEqual([[], true]);
  });
});

/** The metadata of the suite's server, where its challenge says it is. */
async function metadataOf(url: string): Promise<Metadata> {
  const answer = await fetch(url, { method: 'POST', body: '{}' });
  const named = /resource_metadata="([^"]+)"/.exec(
    answer.headers.get('www-authenticate') ?? '',
  )?.[1];
  const { origin, pathname } = new URL(url);
  const places = [
    ...(named === undefined ? [] : [named]),
    `${origin}/.well-known/oauth-protected-resource${pathname}`,
    `${origin}/.well-known/oauth-protected-resource`,
  ];
  for (const place of places) {
    const found = await fetch(place);
    if (found.ok) return (await found.json()) as Metadata;
  }
  throw new Error('the suite’s server has no metadata');
}
