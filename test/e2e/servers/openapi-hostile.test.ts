import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapi } from '../../support/openapi/convert.js';
import { petsDocument } from '../../support/openapi/document.js';
import { startRestApi } from '../../support/openapi/rest-api.js';
import type { RestApi } from '../../support/openapi/rest-api.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool } from '../../support/rpc.js';

/** Each level of a value doubles what there is to try. */
const branch = { properties: { n: { $ref: '#/components/schemas/Dear' } }, required: ['n'] };
const dear = { type: 'object', anyOf: [branch, { ...branch, maxProperties: 1 }] };
const bomb = JSON.parse(`${'{"n":'.repeat(60)}{}${'}'.repeat(60)}`);
const dearDocument = openapi(
  {
    '/dear': {
      post: {
        operationId: 'dear',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Dear' } } },
        },
        responses: {},
      },
    },
  },
  { components: { schemas: { Dear: dear } } },
);
const get = { get: { responses: {} } };
const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`/p${at}`, get]));

describe('documents made to harm', () => {
  let api: RestApi;
  let mcp: OpenEndpoint;
  let folder: string;

  beforeAll(async () => {
    api = await startRestApi();
    folder = mkdtempSync(join(tmpdir(), 'openapi-'));
    writeFileSync(join(folder, 'huge.json'), `{"openapi":"3.1.0","x":"${'x'.repeat(50_000_000)}"}`);
    writeFileSync(join(folder, 'many.json'), JSON.stringify(openapi(many)));
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let at = 1; at < 9; at++) lines.push(`a${at}: &a${at} [${`*a${at - 1},`.repeat(10)}]`);
    writeFileSync(join(folder, 'laughs.yaml'), lines.join('\n'));
    const url = api.url;
    const include = [{ method: '*' }];
    const servers = [
      { name: 'good', url, openapi: { document: JSON.stringify(petsDocument) } },
      { name: 'dear', url, openapi: { document: JSON.stringify(dearDocument), include } },
      ...['huge.json', 'many.json', 'laughs.yaml', 'sub/none.json'].map((file, at) => ({
        name: `bad${at}`,
        url,
        openapi: { file },
      })),
    ];
    mcp = await startOpenEndpoint({
      aggregate: { servers },
      gateway: { env: { KONG_MCP_OPENAPI_DIR: folder } },
    });
    await untilListed(mcp.url, ['good__getPet', 'dear__dear']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await api?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are refused with the reason, each for its server alone', async () => {
    const reasons = {
      bad0: 'more than 16777216 bytes',
      bad1: 'more than 5000 operations',
      bad2: 'lias',
      bad3: 'ENOENT',
    };
    for (const [server, reason] of Object.entries(reasons)) {
      const said = () =>
        new RegExp(`api_document_refused[^\\n]*"server":"${server}"[^\\n]*${reason}`).test(
          mcp.gateway.logText(),
        );
      await until(() => Promise.resolve(said()), { what: `${server} never said ${reason}` });
    }
  });

  it('make dear checks, which end, and hold up nobody else', async () => {
    const bombs = Array.from({ length: 20 }, () => callTool(mcp.url, 'dear__dear', { body: bomb }));
    const meanwhile = await callTool(mcp.url, 'good__getPet', { id: '1' });
    expect(meanwhile.message?.result).toBeDefined();
    expect(api.arrived.filter(({ method }) => method === 'POST')).toEqual([]);
    for (const { message } of await Promise.all(bombs)) {
      expect(message?.error).toMatchObject({ code: -31005, data: { server: 'dear' } });
    }
    expect(api.arrived.filter(({ method }) => method === 'POST')).toEqual([]);
    const after = await callTool(mcp.url, 'good__getPet', { id: '1' });
    expect(after.message?.result).toBeDefined();
  });
});
