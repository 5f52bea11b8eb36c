import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { startFrameworkApi } from '../../support/openapi/framework-api.js';
import type { FrameworkApi } from '../../support/openapi/framework-api.js';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool } from '../../support/rpc.js';

const key = 'key-of-the-gateway';

/** Consumers, key-auth and upstreams are Kong's alone. */
describe.runIf(process.env['KONG_BIN'])(
  'an API behind a Kong route with plugins of its own',
  () => {
    let apis: FrameworkApi[];
    let gateway: Gateway;
    let url: string;

    beforeAll(async () => {
      const port = await freePort();
      apis = await Promise.all([startFrameworkApi('one'), startFrameworkApi('two')]);
      const at = (path: string, more: object = {}) => ({
        path,
        kong_url: `http://127.0.0.1:${port}`,
        ...more,
      });
      const openapi = { document: apis[0]!.document };
      const servers = [
        { name: 'own', route: at('/internal/library'), openapi, headers: { apikey: key } },
        {
          name: 'shared',
          route: at('/library', { internal: false }),
          openapi,
          headers: { apikey: key },
        },
        { name: 'keyless', route: at('/library', { internal: false }), openapi },
        {
          name: 'limited',
          route: at('/limited', { internal: false }),
          openapi,
          headers: { apikey: key },
        },
      ];
      const guards = [{ name: 'key-auth', config: { hide_credentials: true } }];
      const internal = { name: 'mcp-aggregate', config: { mode: 'internal' } };
      const limit = {
        name: 'rate-limiting',
        config: { hour: 2, policy: 'local', limit_by: 'consumer' },
      };
      gateway = await startGateway({
        port,
        declarative: {
          consumers: [{ username: 'gateway', keyauth_credentials: [{ key }] }],
          upstreams: [
            {
              name: 'libraries',
              targets: apis.map((api) => ({ target: new URL(api.url).host })),
              healthchecks: { passive: { unhealthy: { tcp_failures: 1 } } },
            },
          ],
          services: [
            endpoint({ name: 'mcp', path: '/mcp', aggregate: { servers, anonymous: true } }),
            {
              name: 'library',
              url: 'http://libraries:80',
              routes: [
                { name: 'own', paths: ['/internal/library'], plugins: [...guards, internal] },
                { name: 'shared', paths: ['/library'], plugins: guards },
                { name: 'limited', paths: ['/limited'], plugins: [...guards, limit] },
              ],
            },
          ],
        },
      });
      url = gateway.at('/mcp');
      await untilListed(url, ['own__', 'shared__', 'keyless__', 'limited__']);
    });
    afterAll(async () => {
      await gateway?.stop();
      await Promise.all((apis ?? []).map((api) => api.close()));
    });

    const list = async (server: string) =>
      (await callTool(url, `${server}__listBooks`, {})).message?.result;

    it('is let in by its authentication, which knows the gateway for a consumer', async () => {
      expect(await list('shared')).toMatchObject({ structuredContent: { books: [] } });
      const [seen] = apis.flatMap((api) => api.seen);
      expect(seen).toMatchObject({ 'x-consumer-username': 'gateway' });
      expect(seen).not.toHaveProperty('apikey');
      expect(await list('keyless')).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('HTTP 401') }],
      });
    });

    it('keeps to its limit', async () => {
      expect(await list('limited')).not.toHaveProperty('isError');
      expect(await list('limited')).not.toHaveProperty('isError');
      const third = await list('limited');
      expect(third).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('HTTP 429') }],
      });
    });

    it('is balanced, and served on when an instance dies', async () => {
      const from = async () =>
        ((await list('own')) as { structuredContent: { from: string } }).structuredContent.from;
      const before = await Promise.all(Array.from({ length: 8 }, from));
      expect(new Set(before)).toEqual(new Set(['one', 'two']));
      await apis[0]!.close();
      for (let at = 0; at < 8; at++) expect(await from()).toBe('two');
    });
  },
);
