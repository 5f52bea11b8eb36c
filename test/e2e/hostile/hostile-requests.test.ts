import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { callTool, exchange, openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const argument = 'argument-of-mine-7741';
const header = 'header-of-mine-7741';
const tools = JSON.stringify({ tools: [{ name: 'work', inputSchema: { type: 'object' } }] });
/** Names that mean something to JavaScript. */
const special = [
  '__proto__',
  'constructor',
  'prototype',
  'tostring',
  'hasownproperty',
  '__defineGetter__',
];

describe('requests of a hostile, authenticated caller', () => {
  let issuer: Issuer;
  let fixture: HttpFixture;
  let gateway: Gateway;
  let resource: string;
  let operations: string;
  const sessions: string[] = [];

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()];
    resource = `http://127.0.0.1:${port}/mcp`;
    operations = `http://127.0.0.1:${own}`;
    [issuer, fixture] = await Promise.all([startIssuer([resource]), startHttpFixture()]);
    fixture.on('tools/list', (arrived, response) => answer(arrived, response, tools));
    const servers = [
      {
        name: 'one',
        url: fixture.url,
        forward_headers: ['x-tenant'],
        headers: { 'x-key': 'k-7741' },
      },
    ];
    gateway = await startGateway({
      port,
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${own}` },
      declarative: (places) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers: [issuer.url] },
            aggregate: { servers },
            plugins: [fileLog(places)],
          }),
        ],
      }),
    });
    await untilListed(resource, ['one__work'], { token: await issuer.token(resource) });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), fixture?.close()]);
  });

  const call = async (headers: Record<string, string | readonly string[]>) => {
    const token = await issuer.token(resource);
    const before = fixture.of('tools/call').length;
    const said = await callTool(resource, 'one__work', { argument }, { token, headers });
    return { said, arrived: fixture.of('tools/call').at(before) };
  };

  it('headers reach a server in the one spelling that is allowed, whatever else is sent', async () => {
    const { said, arrived } = await call({
      'x-tenant': 'mine',
      X_Tenant: header,
      'x_forwarded-for': header,
      'mcp-session-id_': header,
      'x-key': header,
      cookie: header,
      dpop: header,
      origin_: header,
      'x-mcp-subject': header,
      X_Mcp_Subject: header,
      'x-mcp-internal-handle': header,
      'x-kong-mcp-hop': header,
      'x-mcp-affinity': header,
      ...Object.fromEntries(special.map((name) => [name, header])),
    });
    expect(said.message?.result).toBeDefined();
    expect(arrived?.headers).toMatchObject({ 'x-tenant': 'mine', 'x-key': 'k-7741' });
    expect(JSON.stringify(arrived?.headers)).not.toContain(header);
    expect(JSON.stringify(arrived?.headers)).not.toMatch(/authorization|Bearer/i);
  });

  it('headers with names that mean something to JavaScript are names, and no more', async () => {
    for (const name of special) {
      const twice = await call({ [name]: [header, header] });
      expect(twice.said.message?.result).toBeDefined();
    }
    expect((await call({})).said.status).toBe(200);
  });

  it('handles of a client’s own making are thrown away, and the real one is used', async () => {
    for (const name of ['x-mcp-handle', 'X_Mcp_Handle', 'x-mcp_handle']) {
      const { said } = await call({ [name]: `${'A'.repeat(22)}.${'B'.repeat(22)}` });
      expect(said.status).toBe(200);
    }
  });

  it('sessions are their caller’s: of another they neither open, nor end, nor cancel', async () => {
    const [mine, yours] = [
      await issuer.token(resource, 'ann'),
      await issuer.token(resource, 'ben'),
    ];
    const session = await openSession(resource, { token: mine });
    sessions.push(session);
    for (const method of ['GET', 'DELETE', 'POST']) {
      const { status } = await exchange(
        resource,
        method,
        {
          authorization: `Bearer ${yours}`,
          'mcp-session-id': session,
          accept: 'application/json, text/event-stream',
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        },
        method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined,
      );
      expect([method, status]).toEqual([method, 404]);
    }
    const ping = await rpc(resource, 'ping', { token: mine, session });
    expect(ping.message?.result).toEqual({});
    const twice = await rpc(resource, 'ping', {
      token: mine,
      headers: { 'mcp-session-id': [session, session] },
    });
    expect(twice.status).not.toBe(200);
  });

  it('metrics have labels of our own making only', async () => {
    const token = await issuer.token(resource);
    const nasty = 'x"} 1\nfake_metric{a="b\\';
    await rpc(resource, nasty, { token });
    await rpc(resource, 'tools/call', { token, params: { name: nasty, arguments: {} } });
    for (let n = 0; n < 50; n++) {
      await rpc(resource, `made/up${n}`, { token });
      await callTool(resource, `one__made-up-${n}`, {}, { token });
    }
    const { text } = await exchange(`${operations}/metrics`, 'GET', {});
    expect(text).not.toMatch(/fake_metric|made.?up/);
    expect(
      text.split('\n').filter((line) => !/^(#|$|[a-z_]+(\{[^\n]*\})? [-+.\w]+$)/.test(line)),
    ).toEqual([]);
    expect(text.match(/^kong_mcp_requests_total\{.*$/gm)!.length).toBeLessThan(40);
  });

  it('what a page by another name asks of the operations listener is refused', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      for (const path of ['/status', '/metrics', '/health']) {
        const { status, text } = await exchange(`${operations}${path}`, 'GET', { host });
        expect([400, 421]).toContain(status);
        expect(text).not.toContain('kong_mcp');
      }
    }
  });

  it('nobody reaches the aggregator past Kong', async () => {
    const port = /"event":"aggregator_listening","port":(\d+)/.exec(gateway.logText())?.[1];
    const direct = `http://127.0.0.1:${port}/mcp`;
    const handle = `${'A'.repeat(22)}.${'B'.repeat(22)}`;
    const tries: Record<string, string | string[]>[] = [
      {},
      { 'x-mcp-handle': handle },
      { 'x-mcp-handle': [handle, handle] },
    ];
    for (const headers of tries) {
      const said = await rpc(direct, 'tools/list', { headers });
      expect([said.status, said.headers['x-mcp-outcome']]).toEqual([403, 'handle_invalid']);
    }
  });

  it('after all of which no token, session, header or argument stands in a log, or in status', async () => {
    const pages = await Promise.all(
      ['/status', '/metrics', '/ready'].map((path) => exchange(`${operations}${path}`, 'GET', {})),
    );
    const ours = gateway.pluginServer.stderr + pages.map(({ text }) => text).join('\n');
    expect(ours).toContain('"event":"listening"');
    for (const secret of [...issuer.minted, ...sessions, argument, header, 'k-7741']) {
      expect(ours.includes(secret), secret.slice(0, 24)).toBe(false);
    }
    const values = JSON.stringify(gateway.fileLogLines().map((line) => line['mcp']));
    expect(values).toContain('one__work');
    for (const secret of [...issuer.minted, ...sessions, argument, header, 'k-7741']) {
      expect(values.includes(secret), secret.slice(0, 24)).toBe(false);
    }
    const all = gateway.logText();
    for (const token of issuer.minted) expect(all.includes(token)).toBe(false);
    expect(all).not.toMatch(/uncaught_exception|plugin_failed|request_failed|upstream_fault/);
  });
});
