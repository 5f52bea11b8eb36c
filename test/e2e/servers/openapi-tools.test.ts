import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { petsDocument } from '../../support/openapi/document.js';
import { startRestApi } from '../../support/openapi/rest-api.js';
import type { ApiHandler, RestApi } from '../../support/openapi/rest-api.js';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, exchange, rpc } from '../../support/rpc.js';

const document = JSON.stringify(petsDocument);
const pet: ApiHandler = (_arrived, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"id":9007199254740993,"name":"Rex","weight":1.10}');
};

/** Every request of the API's own callers and of the gateway, on one Service of Kong. */
describe('an API behind a Kong route, as tools', () => {
  let api: RestApi;
  let gateway: Gateway;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    api = await startRestApi();
    const at = (path: string) => ({ path, kong_url: `http://127.0.0.1:${port}` });
    const include = [{ path: '/pets*', method: '*' }];
    const servers = [
      { name: 'shop', route: at('/internal/shop'), openapi: { document, include } },
      { name: 'open', route: { ...at('/shop'), internal: false }, openapi: { document } },
      { name: 'wrong', route: at('/shop'), openapi: { document } },
      { name: 'nowhere', route: at('/nowhere'), openapi: { document } },
    ];
    const internal = { name: 'mcp-aggregate', config: { mode: 'internal' } };
    gateway = await startGateway({
      port,
      declarative: {
        services: [
          endpoint({ name: 'mcp', path: '/mcp', aggregate: { servers, anonymous: true } }),
          {
            name: 'shop',
            url: `${api.url}/v1`,
            retries: 0,
            routes: [
              { name: 'shop', paths: ['/shop'] },
              { name: 'shop-internal', paths: ['/internal/shop'], plugins: [internal] },
            ],
          },
        ],
      },
    });
    url = gateway.at('/mcp');
    await untilListed(url, ['shop__getPet', 'open__getPet', 'nowhere__getPet']);
  });
  beforeEach(() => {
    api.arrived.length = 0;
    api.answer = pet;
  });
  afterAll(async () => {
    await gateway?.stop();
    await api?.close();
  });

  const call = async (name: string, args: object) => (await callTool(url, name, args)).message!;

  it('are listed: those that read, and those that are included', async () => {
    const { message } = await rpc(url, 'tools/list');
    const tools = message!.result!['tools'] as { name: string; annotations: object }[];
    const names = tools.map(({ name }) => name).filter((name) => !/^(wrong|nowhere)/.test(name));
    expect(names).toEqual([
      'shop__listPets',
      'shop__createPet',
      'shop__getPet',
      'shop__deletePet',
      'open__listPets',
      'open__getPet',
    ]);
    expect(tools[0]!.annotations).toMatchObject({ title: 'All pets', readOnlyHint: true });
  });

  it('reach the API by the route, and what it says comes back to the digit', async () => {
    const { text } = await callTool(url, 'shop__getPet', { id: 'a/b c' });
    expect(text).toContain(
      '"structuredContent":{"id":9007199254740993,"name":"Rex","weight":1.10}',
    );
    expect(api.arrived.map((one) => [one.method, one.url])).toEqual([
      ['GET', '/v1/pets/a%2Fb%20c'],
    ]);
    expect(api.arrived[0]!.headers).toMatchObject({ 'mcp-name': 'getPet' });
    expect(api.arrived[0]!.headers).not.toHaveProperty('x-mcp-internal-handle');
  });

  it('send bodies to the digit', async () => {
    const body = '{"id":9007199254740993,"name":null,"parent":{"id":1e2,"name":"Fl\\u00fcgel"}}';
    const params = `{"name":"shop__createPet","arguments":${body}}`;
    await rpc(url, 'tools/call', {
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
    });
    expect(api.arrived[0]!.body.toString()).toBe(body);
    expect(api.arrived[0]!.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it.each([
    ['getPet', {}, "must have required property 'id'"],
    ['getPet', { id: 'x', other: 1 }, 'must NOT have additional properties (other)'],
    ['getPet', { id: '..' }, 'must not be empty, . or ..'],
    ['listPets', { limit: 101 }, 'limit must be <= 100'],
    ['createPet', { id: 1 }, "must have required property 'name'"],
  ])('refuse arguments that do not fit, and send nothing: %s %j', async (name, args, why) => {
    const { result } = await call(`shop__${name}`, args);
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result)).toContain(why);
    expect(api.arrived).toEqual([]);
  });

  it('say what the API refuses, with its words', async () => {
    api.answer = (_arrived, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end('{"title":"No such pet"}');
    };
    const { result } = await call('shop__getPet', { id: '7' });
    expect(result).toEqual({
      content: [{ type: 'text', text: 'HTTP 404\n{"title":"No such pet"}' }],
      isError: true,
    });
  });

  it('use a route that others use too where that is meant, and say nothing of callers there', async () => {
    await call('open__getPet', { id: '7' });
    const [{ headers } = { headers: {} }] = api.arrived;
    const own = Object.keys(headers).filter((name) => name.startsWith('x-mcp-'));
    expect(own).toEqual([]);
    const { error } = await call('wrong__getPet', { id: '7' });
    expect(error?.message).toContain('has a route that lets others in');
  });

  it('name the route that there is not', async () => {
    const { result } = await call('nowhere__getPet', { id: '7' });
    expect(JSON.stringify(result)).toContain('HTTP 404');
  });

  it('let nobody in by the internal route but the gateway', async () => {
    const { status } = await exchange(gateway.at('/internal/shop/pets'), 'GET', {});
    expect([status, api.arrived.length]).toEqual([403, 0]);
  });
});
