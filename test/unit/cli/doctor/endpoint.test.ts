import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endpointFindings } from '../../../../kong/cli/doctor/endpoint.js';
import { operationsFindings } from '../../../../kong/cli/doctor/operations.js';
import { listenOnLoopback } from '../../../support/loopback-server.js';
import type { LoopbackServer } from '../../../support/loopback-server.js';

type Page = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

let pages: Record<string, Page | ((request: IncomingMessage) => Page)>;
let server: LoopbackServer;
let base: string;
beforeAll(async () => {
  server = await listenOnLoopback(
    createServer((request: IncomingMessage, response: ServerResponse) => {
      const page = pages[request.url ?? ''] ?? [404, { message: 'no Route matched' }];
      const [status, body, headers = {}] = typeof page === 'function' ? page(request) : page;
      response.writeHead(status, headers).end(JSON.stringify(body));
    }),
  );
  base = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server[Symbol.asyncDispose]());

const metadataPath = '/.well-known/oauth-protected-resource/mcp';
const listed: Page = [200, { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 't' }] } }];
beforeEach(() => {
  const challenge = `Bearer resource_metadata="${base}${metadataPath}"`;
  pages = {
    '/mcp': ({ headers }) =>
      headers.authorization === 'Bearer good'
        ? listed
        : [401, {}, { 'www-authenticate': challenge }],
    [metadataPath]: [200, { resource: `${base}/mcp`, authorization_servers: [`${base}/as`] }],
    '/.well-known/oauth-authorization-server/as': [
      200,
      { issuer: `${base}/as`, jwks_uri: `${base}/keys` },
    ],
    '/keys': [200, { keys: [{ kty: 'EC' }] }],
  };
});

const look = async (token?: string) =>
  (await endpointFindings(`${base}/mcp`, token)).map(
    ({ level, place, message }) => `${level} ${place}: ${message.replaceAll(base, '')}`,
  );

describe('what the doctor finds at an endpoint', () => {
  it('is nothing where all is right, with and without a token', async () => {
    expect(await look()).toEqual([]);
    expect(await look('good')).toEqual([]);
  });

  it.each<[string, () => void, string, string?]>([
    [
      'a 401 of another plugin',
      () => (pages['/mcp'] = [401, {}]),
      'warning 401: has no resource_metadata: another plugin answers it',
    ],
    [
      'metadata that no route serves',
      () => delete pages[metadataPath],
      `error metadata: ${metadataPath} answers 404`,
    ],
    [
      'metadata of another address',
      () => (pages[metadataPath] = [200, { resource: 'https://x.example/mcp' }]),
      'error metadata: says resource https://x.example/mcp, which is not the address that was called: clients refuse it',
    ],
    [
      'an issuer without metadata',
      () => delete pages['/.well-known/oauth-authorization-server/as'],
      'error metadata: none was found: /.well-known/oauth-authorization-server/as answers 404, /as/.well-known/openid-configuration answers 404, /.well-known/openid-configuration/as answers 404, /as/.well-known/oauth-authorization-server answers 404',
    ],
    [
      'metadata of another issuer',
      () => (pages['/.well-known/oauth-authorization-server/as'] = [200, { issuer: 'x' }]),
      'error metadata: names another issuer: x',
    ],
    [
      'an issuer without keys',
      () => (pages['/keys'] = [200, { keys: [] }]),
      'error keys: /keys answers 200 without keys',
    ],
    [
      'an endpoint open to all',
      () => (pages['/mcp'] = listed),
      'warning endpoint: serves strangers, without any credential',
    ],
    [
      'a caller nobody has identified',
      () => (pages['/mcp'] = [403, { error: { message: 'no identity' } }]),
      'error tools/list: answers 403: nobody has identified the caller, or scopes are missing (no identity)',
    ],
    [
      'a refused configuration',
      () => (pages['/mcp'] = [503, {}]),
      'error tools/list: answers 503: not served',
    ],
    [
      'a refused token',
      () => undefined,
      'error tools/list: answers 401: the token is refused',
      'bad',
    ],
    [
      'a page that is no MCP answer',
      () => (pages['/mcp'] = [204, {}]),
      'error tools/list: answers 204: is no MCP answer',
    ],
  ])('is %s', async (_title, change, expected, token) => {
    change();
    expect(await look(token)).toEqual([expected]);
  });

  it('is an empty list, and an address where nobody listens', async () => {
    pages['/mcp'] = [200, { jsonrpc: '2.0', id: 1, result: { tools: [] } }];
    expect((await look()).at(-1)).toBe('warning tools/list: is empty');
    const [found] = await endpointFindings('http://127.0.0.1:9/mcp', undefined);
    expect(found?.message).toMatch(/^cannot be reached \(/);
  });
});

describe('what the doctor finds at the operations listener', () => {
  const at = async () =>
    (await operationsFindings(base)).map(
      ({ level, place, message }) => `${level} ${place}: ${message}`,
    );

  it('is every refused configuration, failing server and open circuit of now', async () => {
    const servers = [
      { name: 'down', state: 'failing', last_error: 'connection refused' },
      { name: 'odd', state: 'ready', circuit: 'open' },
      { name: 'fine', state: 'ready', circuit: 'closed' },
    ];
    const old = { endpoint: 'e', superseded: true, servers };
    pages['/status'] = [
      200,
      {
        refused_configurations: [{ plugin: 'mcp-oauth', route: 'r', reason: 'resource: wrong' }],
        plugins: { 'mcp-aggregate': { endpoints: [{ endpoint: 'e', route: null, servers }, old] } },
      },
    ];
    expect(await at()).toEqual([
      'error route r: the configuration of mcp-oauth is refused: resource: wrong',
      'error route e: server down: cannot be used: connection refused',
      'warning route e: server odd: its circuit is open: calls fail at once',
    ]);
  });

  it('is another listener than ours', async () => {
    expect(await at()).toEqual(['error /status: answers 404']);
    pages['/status'] = [200, {}];
    expect(await at()).toEqual(['error /status: is none of ours']);
  });
});
