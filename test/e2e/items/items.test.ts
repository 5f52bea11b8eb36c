import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext } from '../../support/any-client.js';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, rpc } from '../../support/rpc.js';
import { answer } from '../../support/upstreams/http-fixture.js';
import { textResult, wild } from '../../support/upstreams/zoo/animal.js';
import type { Caught } from '../../support/upstreams/zoo/animal.js';
import {
  arrayOutput,
  malformed,
  malformedItems,
  rightItems,
} from '../../support/upstreams/zoo/malformed-items.js';

const clients = [
  ['SDK v1', connectFirst],
  ['SDK v2', connectNext],
] as const;

interface ListStatus {
  readonly count: number;
  readonly refused: number;
  readonly refused_items: readonly { readonly item: string; readonly reason: string }[];
}

describe('a server with items of wrong forms', () => {
  let bad: Caught;
  let good: Caught;
  let mcp: OpenEndpoint;
  let operations: string;

  beforeAll(async () => {
    [bad, good] = await Promise.all([
      malformed(),
      wild(({ on }) => on('tools/call', (arrived, at) => answer(arrived, at, textResult('good')))),
    ]);
    operations = `127.0.0.1:${await freePort()}`;
    const servers = [
      { name: 'good', url: good.url },
      { name: 'bad', url: bad.url },
    ];
    mcp = await startOpenEndpoint({
      aggregate: { servers },
      gateway: { env: { KONG_MCP_OPERATIONS: operations } },
    });
    await untilListed(mcp.url, ['good__poke', 'bad__fine']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([bad?.close(), good?.close()]);
  });

  const status = async () => {
    const response = await fetch(`http://${operations}/status`);
    const { plugins } = (await response.json()) as {
      plugins: {
        'mcp-aggregate': {
          endpoints: { servers: (Record<string, unknown> & { name: string })[] }[];
        };
      };
    };
    return plugins['mcp-aggregate'].endpoints[0]!.servers.find(({ name }) => name === 'bad')!;
  };

  it.each(clients)(
    'ruins its own lists for a client that comes directly (%s)',
    async (_, connect) => {
      const { client } = await connect(bad.url, {});
      await expect(client.listTools()).rejects.toThrow();
      await client.close();
    },
  );

  it.each(clients)(
    'keeps its right ones in the lists of %s, beside every other’s',
    async (_, connect) => {
      const { client } = await connect(mcp.url, {});
      const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);
      expect(names((await client.listTools()).tools)).toEqual([
        'good__poke',
        'bad__fine',
        'bad__rich',
      ]);
      expect(names((await client.listPrompts()).prompts)).toEqual(['bad__fine', 'bad__rich']);
      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toEqual([
        'mcp+bad+test://fine',
        'mcp+bad+test://rich',
      ]);
      const { resourceTemplates } = await client.listResourceTemplates();
      expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
        'mcp+bad+test://fine/{a}',
      ]);
      await client.close();
    },
  );

  it('has its right ones passed on byte by byte', async () => {
    const { text } = await rpc(mcp.url, 'tools/list');
    expect(text).toContain(rightItems.tool[1]!.replace('"rich"', '"bad__rich"'));
  });

  it('has the others named, with what is wrong, in the log and in /status', async () => {
    const said = await status();
    const lists = {
      tool: 'tools',
      prompt: 'prompts',
      resource: 'resources',
      template: 'resource_templates',
    };
    const log = mcp.gateway.logText();
    for (const { kind, named, reason } of [...malformedItems, arrayOutput]) {
      const list = said[lists[kind]] as ListStatus;
      expect(list.refused).toBeGreaterThan(0);
      const shown = list.refused_items.find(({ item }) => item === named);
      // Twenty of each list are shown; all are logged.
      if (shown !== undefined || list.refused <= 20) expect(shown).toEqual({ item: named, reason });
      expect(log).toContain(`"item":${JSON.stringify(named)},"reason":${JSON.stringify(reason)}`);
    }
    expect((said['tools'] as ListStatus).refused_items).toHaveLength(20);
    expect(log).not.toContain('worker_unavailable');
  });

  it('is asked for none of them: they are unknown', async () => {
    expect((await callTool(mcp.url, 'bad__null-schema', {})).message?.error).toMatchObject({
      code: -32602,
    });
  });
});
