import { describe, expect, it } from 'vitest';
import { startProviderDouble } from '../../support/authorization-server/providers/double.js';
import { startGateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';

const scope = 'mcp:tools';

describe('two endpoints that claim one root', () => {
  it('are both refused there, and serve below their own paths', async () => {
    const port = await freePort();
    const at = (path: string) => `http://127.0.0.1:${port}${path}`;
    const doubles = await Promise.all(
      ['a', 'b'].map((name) => startProviderDouble('okta', at(`/${name}`), [scope])),
    );
    const services = doubles.map(({ issuer, clientId }, index) => {
      const name = ['a', 'b'][index] ?? '';
      const facade = { provider: 'okta', client_id: clientId, serve_root: true };
      const oauth = { resource: at(`/${name}`), authorization_servers: [issuer], facade };
      return facadeEndpoint({ name, path: `/${name}`, root: true, oauth });
    });
    await using gateway = await startGateway({ port, declarative: { services } });
    for (const name of ['a', 'b']) await fetch(gateway.at(`/${name}`));
    // Workers tell each other.
    const answer = await until(
      async () => {
        const root = await fetch(at('/.well-known/oauth-authorization-server'));
        return root.status === 503 ? root : undefined;
      },
      { what: 'one of two claims is served' },
    );
    expect(await answer.json()).toMatchObject({ error: 'server_error' });
    const own = await fetch(at('/.well-known/oauth-authorization-server/b'));
    expect(own.status).toBe(200);
    await Promise.all(doubles.map((double) => double.close()));
  });
});
