import { startProviderDouble } from '../authorization-server/providers/double.js';
import type { ProviderDouble } from '../authorization-server/providers/double.js';
import { startGateway } from '../gateway/gateway.js';
import type { Gateway } from '../gateway/gateway.js';
import { freePort } from '../ports.js';
import { facadeEndpoint } from '../rig/facade-endpoint.js';
import { startServerEverything } from '../upstreams/server-everything.js';
import { startChromium } from './chromium.js';
import type { Chromium } from './chromium.js';
import { startClientPage } from './client-page.js';
import type { ClientPage } from './client-page.js';
import { corsFor } from './cors.js';

/** One facade for each way in which a client can come by its id, and one without Kong's cors plugin. */
export interface BrowserRig {
  readonly chromium: Chromium;
  /** The origin that endpoints with the cors plugin let in. */
  readonly client: ClientPage;
  readonly gateway: Gateway;
  close(): Promise<void>;
}

/** `/answered` registers by itself; `/proxied` where it has no CORS; `/bare` has the root too. */
export async function startBrowserRig(): Promise<BrowserRig> {
  const port = await freePort();
  const [everything, client, chromium] = await Promise.all([
    startServerEverything(),
    startClientPage(),
    startChromium(),
  ]);
  const doubles: ProviderDouble[] = [];
  const origins = [client.origin];
  const service = async (path: string, more: object, plugins: readonly object[]) => {
    const resource = `http://127.0.0.1:${port}${path}`;
    const provider = path === '/proxied' ? 'keycloak' : 'generic';
    const double = await startProviderDouble(provider, resource, ['mcp:tools', 'mcp:more']);
    doubles.push(double);
    const shared = path === '/proxied' ? {} : { client_id: double.clientId };
    const facade = { provider, ...shared, ...more };
    const servers = ['plain', 'guarded'].map((name) => ({ name, url: everything.url }));
    const rule = { names: ['guarded__*'], scopes: ['mcp:more'] };
    return facadeEndpoint({
      name: path.slice(1),
      path,
      root: 'serve_root' in more,
      oauth: {
        resource,
        authorization_servers: [double.issuer],
        required_scopes: ['mcp:tools'],
        allowed_origins: origins,
        facade,
      },
      aggregate: { allowed_origins: origins, servers, scope_rules: [rule] },
      plugins: plugins as Readonly<Record<string, unknown>>[],
    });
  };
  const services = await Promise.all([
    service('/answered', {}, [corsFor(origins)]),
    service('/proxied', {}, [corsFor(origins)]),
    service('/bare', { serve_root: true, jwks: 'proxy' }, []),
  ]);
  const gateway = await startGateway({ port, declarative: { services } });
  return {
    chromium,
    client,
    gateway,
    close: async () => {
      await chromium.close();
      await gateway.stop();
      await Promise.all([...doubles, client, everything].map((each) => each.close()));
    },
  };
}
