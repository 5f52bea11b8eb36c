import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const inputSchema = {
  type: 'object',
  properties: { q: { type: 'string' }, region: { type: 'string' }, debug: { type: 'boolean' } },
  required: ['q', 'region'],
};
const list = JSON.stringify({ tools: [{ name: 'search', inputSchema }] });

describe.each([{ direct: false }, { direct: true }])(
  'arguments of the gateway %j',
  ({ direct }) => {
    let server: HttpFixture;
    let mcp: OpenEndpoint;

    beforeAll(async () => {
      server = await startHttpFixture();
      server.on('tools/list', (arrived, response) => answer(arrived, response, list));
      const override = {
        name: 'search',
        fixed_arguments: { region: '"eu"' },
        hidden_arguments: ['debug'],
      };
      mcp = await startOpenEndpoint({
        aggregate: {
          servers: [{ name: 's', url: server.url, direct, tools: { overrides: [override] } }],
        },
        plugins: () => (direct ? [...directPlugins] : []),
      });
      await untilListed(mcp.url, ['s__search']);
    });
    afterAll(async () => {
      await mcp?.stop();
      await server?.close();
    });

    it('are in no schema', async () => {
      const { message } = await rpc(mcp.url, 'tools/list');
      expect(message?.result).toEqual({
        tools: [
          {
            name: 's__search',
            inputSchema: { ...inputSchema, properties: { q: { type: 'string' } }, required: ['q'] },
          },
        ],
      });
    });

    it('are set in each call, and refused from clients', async () => {
      const session = await openSession(mcp.url);
      const call = (given: object) =>
        rpc(mcp.url, 'tools/call', { params: { name: 's__search', arguments: given }, session });
      for (let n = 0; n < 2; n++) {
        expect((await call({ q: 'a' })).message).toHaveProperty('result');
        const { params } = JSON.parse(server.of('tools/call').at(-1)!.body) as { params: object };
        expect(params).toMatchObject({ name: 'search', arguments: { q: 'a', region: 'eu' } });
      }
      const reached = server.of('tools/call').length;
      for (const own of [{ region: 'us' }, { debug: true }]) {
        const { message } = await call({ q: 'a', ...own });
        expect(message).toMatchObject({ error: { code: -32602 } });
        expect(message?.error?.message).toContain(Object.keys(own)[0]);
      }
      expect(server.of('tools/call')).toHaveLength(reached);
    });

    it('hold for clients without sessions', async () => {
      const call = (given: object) =>
        modernRpc(mcp.url, 'tools/call', { name: 's__search', arguments: given });
      expect((await call({ region: 'us' })).message).toMatchObject({ error: { code: -32602 } });
      expect((await call({ q: 'b' })).message).toHaveProperty('result');
      const { params } = JSON.parse(server.of('tools/call').at(-1)!.body) as { params: object };
      expect(params).toMatchObject({ arguments: { q: 'b', region: 'eu' } });
    });
  },
);
