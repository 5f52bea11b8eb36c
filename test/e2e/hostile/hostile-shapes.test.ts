import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberShapes, records } from '../../support/adversarial/json-shapes.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const tools = JSON.stringify({ tools: [{ name: 'work', inputSchema: { type: 'object' } }] });
const result = '{"content":[{"type":"text","text":"ok"}]}';
const bytes = 1_000_000;
/** Requests of one kind, all at once. */
const many = 12;
const keys = memberShapes['small distinct keys'](bytes);
/** Of another route than the one that is kept busy. */
const metadata = '/.well-known/oauth-protected-resource/other';
const other = endpoint({
  name: 'other',
  path: '/other',
  oauth: {
    resource: 'https://mcp.example.com/other',
    authorization_servers: ['https://as.example.com'],
  },
});
const linux = process.platform === 'linux';

describe.runIf(linux)('messages made to be dear', { timeout: 180_000 }, () => {
  let fixture: HttpFixture;
  let rig: ProtectedEndpoint;
  let token: string;

  beforeAll(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/list', (arrived, response) => answer(arrived, response, tools));
    fixture.on('tools/call', (arrived, response) => {
      const { said } = arrived.params.arguments as { said?: 'honest' | 'dear' };
      if (said === undefined) return answer(arrived, response, result);
      const params = said === 'dear' ? `{${keys}}` : `{"level":"info","data":${records(bytes)}}`;
      const note = `{"jsonrpc":"2.0","method":"notifications/message","params":${params}}`;
      const last = `{"jsonrpc":"2.0","id":${arrived.id},"result":${result}}`;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${note}\n\ndata: ${last}\n\n`);
    });
    rig = await startProtectedEndpoint({
      aggregate: { servers: [{ name: 'one', url: fixture.url }] },
      services: [other],
    });
    token = await rig.token();
    await untilListed(rig.resource, ['one__work'], { token });
  });
  afterAll(async () => {
    await rig?.stop();
    await fixture?.close();
  });

  /** CPU of the plugin server, in ticks of ten milliseconds. */
  interface Cost {
    /** For many requests. */
    readonly all: number;
    /** Until a request at another route was answered that came behind them. */
    readonly behind: number;
  }

  async function costOf(send: () => Promise<unknown>): Promise<Cost> {
    const spent = () =>
      rig.gateway.pluginServer.workerPids.reduce((sum, pid) => sum + ticks(pid), 0);
    const before = spent();
    const sent = Array.from({ length: many }, send);
    const asked = await fetch(rig.gateway.at(metadata));
    expect(asked.status).toBe(200);
    const behind = spent() - before;
    await Promise.all(sent);
    return { all: spent() - before, behind };
  }

  /** The least of three, the second kind at most five times the first; a few ticks are nothing. */
  async function compare(honest: () => Promise<unknown>, dear: () => Promise<unknown>) {
    await costOf(honest);
    const usual = await leastOf(honest);
    const limit = { all: 5 * Math.max(usual.all, 4), behind: 5 * Math.max(usual.behind, 4) };
    const worst = await leastOf(dear, limit);
    expect(worst.all).toBeLessThanOrEqual(limit.all);
    expect(worst.behind).toBeLessThanOrEqual(limit.behind);
  }

  /** The least of three, or the first that is `enough`: the least is no more than that. */
  async function leastOf(send: () => Promise<unknown>, enough?: Cost): Promise<Cost> {
    let least: Cost = { all: Infinity, behind: Infinity };
    for (let n = 0; n < 3; n++) {
      const { all, behind } = await costOf(send);
      least = { all: Math.min(least.all, all), behind: Math.min(least.behind, behind) };
      if (enough && least.all <= enough.all && least.behind <= enough.behind) break;
    }
    return least;
  }

  it('by a caller, in _meta, cost no more than five honest ones', async () => {
    const post = (params: string) => async () => {
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one__work"${params}}}`;
      const headers = { ...common, authorization: `Bearer ${token}` };
      const response = await fetch(rig.resource, { method: 'POST', headers, body });
      await response.arrayBuffer();
      return response.status;
    };
    const dear = post(`,"_meta":{${keys}}`);
    expect(await dear()).toBe(400);
    await compare(post(`,"arguments":{"x":${records(bytes)}}`), dear);
  });

  it('by a server, in a notification, cost no more than five honest ones', async () => {
    const call = (said: string) => () => callTool(rig.resource, 'one__work', { said }, { token });
    expect(JSON.stringify(await call('dear')())).toContain('not a JSON-RPC message');
    await compare(call('honest'), call('dear'));
  });

  it('by a stranger, in a token and in headers, cost no more than five honest ones', async () => {
    const post = (headers: Record<string, string>) => async () => {
      const response = await fetch(rig.resource, {
        method: 'POST',
        headers: { ...common, ...headers },
        body: '{}',
      });
      await response.arrayBuffer();
      return response.status;
    };
    const names = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${prefix}${n}`, 'x']));
    expect(await post(names('x-mcp-'))()).toBe(431);
    await compare(post(names('x-own-')), post(names('x-mcp-')));
    const bearer = (claims: string) => ({
      authorization: `Bearer ${head}.${Buffer.from(claims).toString('base64url')}.AAAA`,
    });
    const nest = `${'{"a":'.repeat(30)}0${'}'.repeat(30)}`;
    const nests = Array.from({ length: 24 }, (_, n) => `"${n}":${nest}`).join(',');
    const groups = Array.from({ length: 150 }, (_, n) => `/departments/group-${n}`);
    expect(await post(bearer(`{${nests}}`))()).toBe(401);
    await compare(post(bearer(JSON.stringify({ groups }))), post(bearer(`{${nests}}`)));
  });
});

const head = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url');
const common = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** User and system time, as proc(5) has them. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
