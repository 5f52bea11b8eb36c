import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const count = 5_000;
const upstreamPage = 1_250;
/** Bytes that a re-encoding would change. */
const odd = '"x-n":9007199254740993,"x-e":1e400,"x-z":-0,"x-s":"\\u00e9\\/","x-a":[ ]';
const definition = (name: string) =>
  `{"name":"${name}","description":"${'word '.repeat(60)}",${odd},"inputSchema":{"type":"object"}}`;

interface Tools {
  readonly tools: readonly { readonly name: string }[];
  readonly nextCursor?: string;
}

describe('a server of 5,000 tools beside a small one', () => {
  let big: HttpFixture;
  let small: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    [big, small] = await Promise.all([startHttpFixture(), startHttpFixture()]);
    big.on('tools/list', (one, response) => {
      // The first page is asked for without a cursor, the second by an empty one.
      const cursor = one.params?.cursor as string | undefined;
      const from = cursor === undefined ? 0 : cursor === '' ? upstreamPage : Number(cursor);
      const tools = Array.from({ length: upstreamPage }, (_, i) => definition(`t${from + i}`));
      const next = from + upstreamPage;
      const cursorText = from === 0 ? '' : String(next);
      const more = next < count ? `,"nextCursor":"${cursorText}"` : '';
      answer(one, response, `{"tools":[${tools.join()}]${more}}`);
    });
    small.on('tools/list', (one, response) =>
      answer(one, response, `{"tools":[${definition('s')}]}`),
    );
    for (const fixture of [big, small]) {
      fixture.on('tools/call', (one, response) =>
        answer(one, response, JSON.stringify({ content: [{ type: 'text', text: one.body }] })),
      );
    }
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [
          { name: 'big', url: big.url },
          { name: 'small', url: small.url },
        ],
        page_size: 700,
        list_timeout: 30_000,
      },
    });
    await untilListed(mcp.url, ['big__t0'], { timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([big?.close(), small?.close()]);
  });

  const drain = async () => {
    const texts: string[] = [];
    let params: { cursor?: string } = {};
    for (;;) {
      const { text, message } = await rpc(mcp.url, 'tools/list', { params });
      texts.push(text);
      const { nextCursor } = message?.result as unknown as Tools;
      if (nextCursor === undefined) return texts;
      params = { cursor: nextCursor };
    }
  };

  it('is shown whole, page by page, each definition byte for byte', async () => {
    const pages = await drain();
    expect(pages).toHaveLength(8);
    const shown = pages.flatMap((text) => {
      const end = text.lastIndexOf(']');
      return text.slice(text.indexOf('[') + 1, end).split(/,(?={"name")/);
    });
    const wanted = Array.from({ length: count }, (_, i) => definition(`big__t${i}`));
    expect(shown).toEqual([...wanted, definition('small__s')]);
  });

  it('costs the servers nothing once it is known', async () => {
    const before = big.of('tools/list').length;
    await drain();
    expect(big.of('tools/list').length).toBe(before);
  });

  it('takes calls of its last tool as of its first', async () => {
    for (const name of ['t0', `t${count - 1}`]) {
      const args = { n: 1 };
      const { message } = await callTool(mcp.url, `big__${name}`, args);
      expect(JSON.stringify(message?.result)).toContain(`\\"name\\":\\"${name}\\"`);
    }
  });

  it('refuses a cursor that was not given out for this list', async () => {
    const { message } = await rpc(mcp.url, 'tools/list');
    const { nextCursor } = message?.result as unknown as Tools;
    const forged = nextCursor!.slice(0, 40) + [...nextCursor!.slice(40)].reverse().join('');
    for (const cursor of ['', 'x', forged]) {
      const refused = await rpc(mcp.url, 'tools/list', { params: { cursor } });
      expect(refused.message?.error?.code).toBe(-32602);
    }
    const elsewhere = await rpc(mcp.url, 'prompts/list', { params: { cursor: nextCursor } });
    expect(elsewhere.message?.error?.code).toBe(-32602);
  });
});
