import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strictLogin } from '../../support/authorization-server/oauth4webapi-login.js';
import { HeadlessOAuthProvider } from '../../support/authorization-server/oauth-client.js';
import { startProviderDouble } from '../../support/authorization-server/providers/double.js';
import type { ProviderDouble } from '../../support/authorization-server/providers/double.js';
import { entraApplication } from '../../support/authorization-server/providers/quirks.js';
import type { DoubledProvider } from '../../support/authorization-server/providers/quirks.js';
import { pythonClients, pythonLogin } from '../../support/authorization-server/python-login.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { runInspector } from '../../support/inspector.js';
import { startMcpRemote } from '../../support/mcp-remote.js';
import { freePort } from '../../support/ports.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { howOften } from '../../support/thorough.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const echo = { name: 'everything__echo', arguments: { message: 'hello' } };
const echoed = [{ type: 'text', text: 'Echo: hello' }];

/** What an operator writes for each, beside what the preset gives. */
const settings = {
  'entra-id': {
    scope: (resource: string) => `${resource}/Tools.Use`,
    oauth: (resource: string) => ({
      extra_audiences: [entraApplication],
      scope_hierarchy: { 'Tools.Use': [`${resource}/Tools.Use`] },
    }),
  },
  okta: {},
  auth0: {},
  cognito: { oauth: () => ({ client_id_audiences: ['desktop-clients'] }) },
  keycloak: {},
  generic: {},
} satisfies Partial<Record<DoubledProvider, Setting>>;

interface Setting {
  readonly scope?: (resource: string) => string;
  readonly oauth?: (resource: string) => object;
}

const names = Object.keys(settings) as (keyof typeof settings)[];
/** Those with which clients log in that take seconds to start. */
const dear = names.slice(0, howOften(2, names.length));

/** Clients as people use them, against what providers do. */
describe('logins through the facade', () => {
  let everything: RunningServer;
  let gateway: Gateway;
  const doubles = new Map<string, ProviderDouble>();
  const at = (name: string) => gateway.at(`/${name}`);

  beforeAll(async () => {
    const port = await freePort();
    everything = await startServerEverything();
    const services = await Promise.all(
      names.map(async (name) => {
        const own: Setting = settings[name];
        const resource = `http://127.0.0.1:${port}/${name}`;
        const scope = own.scope?.(resource) ?? 'mcp:tools';
        const double = await startProviderDouble(name, resource, [scope]);
        doubles.set(name, double);
        const { issuer, clientId, clientSecret } = double;
        const client = name === 'keycloak' ? {} : { client_id: clientId };
        const secret = clientSecret === undefined ? {} : { client_secret: clientSecret };
        return facadeEndpoint({
          name,
          path: `/${name}`,
          oauth: {
            resource,
            authorization_servers: [issuer],
            required_scopes: [scope],
            facade: { provider: name, ...client, ...secret },
            ...own.oauth?.(resource),
          },
          aggregate: { servers: [{ name: 'everything', url: everything.url }] },
        });
      }),
    );
    gateway = await startGateway({ port, declarative: { services } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([...doubles.values()].map((double) => double.close()));
    await everything?.close();
  });

  describe.each(names)('%s', (name) => {
    it('SDK v1 registers, logs in, calls and refreshes', async () => {
      const provider = new HeadlessOAuthProvider();
      const client = new Client({ name: 'v1', version: '1' });
      const transport = () =>
        new StreamableHTTPClientTransport(new URL(at(name)), { authProvider: provider });
      const first = transport();
      await expect(client.connect(first)).rejects.toThrow();
      await first.finishAuth(provider.code ?? '');
      await client.connect(transport());
      expect((await client.callTool(echo)).content).toEqual(echoed);
      await client.close();
      expect(provider.requests[0]?.href).toContain(`${at(name)}/authorize`);
      const form = {
        grant_type: 'refresh_token',
        refresh_token: provider.tokens()?.refresh_token ?? '',
        client_id: provider.clientInformation()?.client_id ?? '',
        resource: at(name),
      };
      const answer = await fetch(`${at(name)}/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      expect((await rpc(at(name), 'ping', { token })).status).toBe(200);
    });

    it('SDK v2, which checks the issuer, does too', async () => {
      const provider = new HeadlessOAuthProvider();
      const client = new ClientV2({ name: 'v2', version: '1' });
      const transport = () => new TransportV2(new URL(at(name)), { authProvider: provider });
      const first = transport();
      await expect(client.connect(first)).rejects.toThrow();
      await first.finishAuth(provider.answer);
      await client.connect(transport());
      expect((await client.callTool(echo)).content).toEqual(echoed);
      await client.close();
    });

    it('oauth4webapi, which checks everything, does too', async () => {
      const own: Setting = settings[name];
      const token = await strictLogin(at(name), own.scope?.(at(name)) ?? 'mcp:tools');
      expect((await rpc(at(name), 'ping', { token })).status).toBe(200);
    });

    it.skipIf(!dear.includes(name)).each(pythonClients)('$name does too', async (python) => {
      expect(await pythonLogin(python, at(name), echo.name)).toBe('Echo: hello');
    });

    it.skipIf(!dear.includes(name))('mcp-remote does too', async () => {
      const remote = await startMcpRemote(at(name));
      expect((await remote.client.callTool(echo)).content).toEqual(echoed);
      await remote.close();
    });

    it.skipIf(!dear.includes(name))('Inspector does too', async () => {
      const inspector = await runInspector(at(name));
      expect(await inspector.call(echo.name, echo.arguments)).toMatchObject({ content: echoed });
      await inspector.close();
    });
  });

  it('no secret of theirs stands in a log', () => {
    const secrets = [...doubles.values()].flatMap(({ clientSecret }) => clientSecret ?? []);
    expect(secrets.length).toBeGreaterThan(0);
    const logs = gateway.logText();
    expect(secrets.filter((secret) => logs.includes(secret))).toEqual([]);
  });
});
