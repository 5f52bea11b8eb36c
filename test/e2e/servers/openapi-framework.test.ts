import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext } from '../../support/any-client.js';
import type { AnyClient } from '../../support/any-client.js';
import { startFrameworkApi } from '../../support/openapi/framework-api.js';
import type { FrameworkApi } from '../../support/openapi/framework-api.js';
import { untilListed } from '../../support/rig/listed.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { callTool, rpc } from '../../support/rpc.js';

const title = 'Überall';
const write = 'books:write';
const kinds = [
  ['first', connectFirst],
  ['next', connectNext],
] as const;

/** An API of a framework that says itself what it is, in a file of the operator. */
describe('a REST server with a document of its own', () => {
  let api: FrameworkApi;
  let mcp: ProtectedEndpoint;
  let folder: string;

  beforeAll(async () => {
    api = await startFrameworkApi();
    folder = mkdtempSync(join(tmpdir(), 'openapi-'));
    writeFileSync(join(folder, 'library.json'), api.document);
    const port = await freePort();
    const route = { path: '/internal/library', kong_url: `http://127.0.0.1:${port}` };
    const openapi = {
      file: 'library.json',
      include: [{ method: '*' }],
      scopes_from_security: true,
    };
    const servers = [
      { name: 'library', route, openapi },
      { name: 'broken', route, openapi: { document: '{"openapi":"3.1.0"}' } },
      { name: 'outside', route, openapi: { file: 'absent.json' } },
    ];
    const limit = {
      minute: 1_000,
      policy: 'local',
      limit_by: 'header',
      header_name: 'X-Mcp-Limit-Key',
    };
    mcp = await startProtectedEndpoint({
      port,
      aggregate: { servers, list_ttl: 1 },
      oauth: { required_scopes: [scope] },
      gateway: { env: { KONG_MCP_OPENAPI_DIR: folder, KONG_MCP_WORKERS: '2' } },
      services: [
        {
          name: 'library',
          url: api.url,
          retries: 0,
          routes: [
            {
              name: 'library',
              paths: [route.path],
              plugins: [
                { name: 'mcp-aggregate', config: { mode: 'internal' } },
                { name: 'rate-limiting', config: limit },
              ],
            },
          ],
        },
      ],
    });
    await untilListed(mcp.resource, ['library__listBooks'], { token: () => mcp.token() });
  });
  afterAll(async () => {
    await mcp?.stop();
    await api?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const tokenFor = (subject: string, scopes: string) =>
    mcp.token(subject, { claims: { scope: scopes } });

  describe.each(kinds)('a client of the %s line of SDKs', (_name, connect) => {
    let client: AnyClient;
    const call = async (name: string, args: Record<string, unknown>) =>
      client.client.callTool({ name: `library__${name}`, arguments: args });

    beforeAll(async () => {
      client = await connect(mcp.resource, {}, await tokenFor('alice', `${scope} ${write}`));
    });
    afterAll(() => client?.client.close());

    it('calls each kind of operation, with results that fit their schemas', async () => {
      const { tools } = await client.client.listTools();
      expect(tools.filter(({ name }) => name.startsWith('library__'))).toHaveLength(7);
      const added = await call('addBook', { title, pages: null });
      const { id } = added.structuredContent as { id: number };
      expect(added.structuredContent).toEqual({ id, title, pages: null, tags: [] });
      expect((await call('getBook', { id })).structuredContent).toMatchObject({ title });
      const replaced = await call('replaceBook', { id, title: 'b', pages: 1, tags: ['x & y'] });
      expect(replaced.structuredContent).toMatchObject({ pages: 1 });
      const listed = await call('listBooks', { tag: 'x & y' });
      expect(listed.structuredContent).toMatchObject({
        from: 'library',
        books: [{ id, title: 'b' }],
      });
      expect((await call('removeBook', { id })).content).toEqual([
        { type: 'text', text: 'HTTP 204, without content' },
      ]);
      const gone = await call('getBook', { id });
      expect(gone).toMatchObject({ isError: true, content: [{ text: 'HTTP 404\nNo such book.' }] });
    });

    it('sends files, and is shown pictures', async () => {
      const file = { data: 'AAEC', mediaType: 'image/png', filename: 'cover.png' };
      const { structuredContent } = await call('addCover', { file, note: 'ü' });
      expect(structuredContent).toEqual({
        name: 'cover.png',
        type: 'image/png',
        size: 3,
        note: 'ü',
      });
      expect((await call('getCover', { id: 1 })).content).toEqual([
        { type: 'image', data: 'iVBORw==', mimeType: 'image/png' },
      ]);
    });
  });

  it('knows who calls', async () => {
    const token = await tokenFor('bob', scope);
    await callTool(mcp.resource, 'library__listBooks', {}, { token });
    expect(api.seen.at(-1)).toMatchObject({
      'x-mcp-subject': 'bob',
      'x-mcp-issuer': mcp.issuer.url,
    });
    expect(api.seen.at(-1)).not.toHaveProperty('authorization');
  });

  it('needs the scopes of its document: listed, and asked for', async () => {
    const token = await tokenFor('bob', scope);
    const listed = await rpc(mcp.resource, 'tools/list', { token });
    expect(listed.text).toContain('library__addBook');
    const args = { title: 'a', pages: 1 };
    const { status, headers } = await callTool(mcp.resource, 'library__addBook', args, { token });
    expect(status).toBe(403);
    expect(headers['www-authenticate']).toContain(`scope="${scope} ${write}"`);
  });

  it('is there beside servers whose documents cannot be used, which say why', async () => {
    const token = await mcp.token();
    const { message } = await callTool(mcp.resource, 'broken__x', {}, { token });
    expect(message?.error).toBeDefined();
    const log = mcp.gateway.logText();
    expect(log).toMatch(/api_document_refused[^\n]*"server":"broken"[^\n]*no paths/);
    expect(log).toMatch(/api_document_refused[^\n]*"server":"outside"[^\n]*ENOENT/);
  });

  it('follows its document; one that cannot be used changes nothing', async () => {
    const file = join(folder, 'library.json');
    const document = JSON.parse(api.document);
    document.paths['/books'].get.operationId = 'allBooks';
    writeFileSync(file, JSON.stringify(document));
    const isServed = async () => {
      const token = await mcp.token();
      const { message } = await callTool(mcp.resource, 'library__allBooks', {}, { token });
      return message?.result?.['structuredContent'] !== undefined;
    };
    // Each of the workers looks at it by itself.
    await until(isServed, { what: 'the new name was never served' });
    await until(isServed, { what: 'the new name was never served' });
    writeFileSync(file, '{"openapi":');
    const refused = /api_document_refused[^\n]*"server":"library"/;
    await until(async () => refused.test(mcp.gateway.logText()), { what: 'it was never refused' });
    await until(isServed, { what: 'the document before is not served any more' });
  });
});
