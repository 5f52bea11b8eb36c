import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { answer } from '../../support/upstreams/http-fixture.js';
import { poke, wild } from '../../support/upstreams/zoo/animal.js';
import type { Caught } from '../../support/upstreams/zoo/animal.js';
import { stdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';
import type { StdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';

const endless = 'sent the same page of a list again';

/** What a server answers each `tools/list` with, what of it is shown, and what is said of it. */
const lists: readonly (readonly [string, (asked: number) => string, boolean, string | null])[] = [
  ['empty', () => `{"tools":[${poke}],"nextCursor":""}`, true, endless],
  ['same', (asked) => `{"tools":[${poke}],"nextCursor":"${asked}"}`, true, endless],
  [
    'number',
    () => `{"tools":[${poke}],"nextCursor":2}`,
    true,
    'sent a nextCursor that is no string',
  ],
  ['nothing', () => '{"tools":null}', false, 'answered a list with "tools": null'],
  ['right', () => `{"tools":[${poke}]}`, true, null],
];

interface Status {
  readonly plugins: Record<
    'mcp-aggregate',
    { endpoints: { servers: { name: string; tools: { flaw: string | null } }[] }[] }
  >;
}

describe('servers whose lists have no proper end', () => {
  const caught = new Map<string, Caught>();
  let children: StdioAnimals;
  let mcp: OpenEndpoint;
  let operations: string;

  beforeAll(async () => {
    for (const [name, page] of lists) {
      const server = await wild(({ on }) => {
        let asked = 0;
        on('tools/list', (arrived, response) => answer(arrived, response, page(++asked)));
      });
      caught.set(name, server);
    }
    children = stdioAnimals({ marks: 'mark' }, {});
    operations = `127.0.0.1:${await freePort()}`;
    const servers = [...caught].map(([name, { url }]) => ({ name, url }));
    mcp = await startOpenEndpoint({
      aggregate: { servers: [...servers, ...children.servers] },
      gateway: { env: { ...children.env, KONG_MCP_OPERATIONS: operations } },
    });
    const shown = lists.filter(([, , isShown]) => isShown).map(([name]) => `${name}__poke`);
    await untilListed(mcp.url, [...shown, 'marks__echo']);
  });
  afterAll(async () => {
    await mcp?.stop();
    children?.close();
    await Promise.all([...caught.values()].map((one) => one.close()));
  });

  it.each(lists)('keep what came (%s), with what is wrong in log and /status', async (...one) => {
    const [name, , isShown, flaw] = one;
    const { message, text } = await rpc(mcp.url, 'tools/list');
    expect(text.includes(`"${name}__poke"`)).toBe(isShown);
    expect(message?.result).not.toHaveProperty('_meta');
    const status = (await (await fetch(`http://${operations}/status`)).json()) as Status;
    const { servers } = status.plugins['mcp-aggregate'].endpoints[0]!;
    expect(servers.find((server) => server.name === name)?.tools.flaw).toBe(flaw);
    const said = new RegExp(`tools_flawed.*"${name}"`);
    expect(said.test(mcp.gateway.logText())).toBe(flaw !== null);
  });

  it('are asked once with the empty cursor that they sent', () => {
    const asked = caught.get('empty')!.fixture!.of('tools/list');
    expect(asked.slice(0, 2).map(({ params }) => params?.cursor)).toEqual([undefined, '']);
  });

  it('may write a byte order mark first', async () => {
    const params = { name: 'marks__echo', arguments: { text: 'heard' } };
    expect((await rpc(mcp.url, 'tools/call', { params })).text).toContain('heard');
  });

  it('never see a progress token that is null', async () => {
    const params = { name: 'right__poke', arguments: {}, _meta: { progressToken: null, a: 1 } };
    expect((await rpc(mcp.url, 'tools/call', { params })).message).toHaveProperty('result');
    const arrived = caught.get('right')!.fixture!.of('tools/call').at(-1);
    expect(arrived?.params._meta).toHaveProperty('a', 1);
    expect(arrived?.params._meta).not.toHaveProperty('progressToken');
  });
});
