import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';
import { callTool, rpc } from '../../support/rpc.js';

function workFor(ms: number, token: unknown, arrived: Arrived, response: ServerResponse): void {
  eventStream(response);
  let progress = 0;
  const timer = setInterval(() => {
    const params = { progressToken: token, progress: ++progress };
    const note = { jsonrpc: '2.0', method: 'notifications/progress', params };
    response.write(event(JSON.stringify(note)));
    if (progress * 100 < ms) return;
    clearInterval(timer);
    response.end(event(resultMessage(arrived, '{"content":[],"late":true}')));
  }, 100);
  response.on('close', () => clearInterval(timer));
}

describe('servers behind one endpoint', () => {
  let everything: RunningServer;
  let mute: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    everything = await startServerEverything();
    mute = await startHttpFixture();
    mute.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"wait","inputSchema":{"type":"object"}}]}'),
    );
    // Never answered, but to who asks for progress: then late.
    mute.on('tools/call', (arrived, response) => {
      const token: unknown = arrived.params._meta?.progressToken;
      if (token !== undefined) workFor(1_500, token, arrived, response);
    });
    const servers = [
      { name: 'everything', url: everything.url },
      { name: 'dead', url: `http://127.0.0.1:${await freePort()}/mcp` },
      { name: 'mute', url: mute.url, timeout: 700 },
    ];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['mute__wait']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([everything?.close(), mute?.close()]);
  });

  it('a dead one leaves the others working and is named in the list and the log', async () => {
    const list = await rpc(mcp.url, 'tools/list');
    expect(list.text).toContain('everything__echo');
    const missing = (list.message?.result?.['_meta'] as Record<string, unknown>)[
      'kong-plugin-mcp/unavailable'
    ];
    expect(missing).toEqual([expect.objectContaining({ server: 'dead' })]);
    const echo = await callTool(mcp.url, 'everything__echo', { message: 'alive' });
    expect(echo.message?.result).toMatchObject({ content: [{ text: 'Echo: alive' }] });
    expect(mcp.gateway.logText()).toMatch(/"server":"dead"/);
  });

  it('no warning of Node stands in the log, however many lists are fetched at once', () => {
    expect(mcp.gateway.logText()).not.toMatch(/MaxListeners|node_warning/);
  });

  it('a call to a dead one is answered with its name and state', async () => {
    const gone = await callTool(mcp.url, 'dead__anything', {});
    expect(gone.status).toBe(200);
    expect(gone.message?.error).toMatchObject({ code: -31001, data: { server: 'dead' } });
    expect(gone.message?.error?.message).toContain('dead');
  });

  it('one that does not answer is ended by its deadline, named in the error', async () => {
    const started = performance.now();
    const late = await callTool(mcp.url, 'mute__wait', {});
    expect(late.message?.error).toMatchObject({
      code: -31002,
      data: { server: 'mute', deadline_ms: 700 },
    });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('one that reports progress may take longer than its deadline', async () => {
    const params = '{"name":"mute__wait","arguments":{},"_meta":{"progressToken":"p"}}';
    const body = `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":${params}}`;
    const { text } = await rpc(mcp.url, '', { body });
    expect(text).toContain('"progressToken":"p"');
    expect(text).toContain('"late":true');
  });

  it('keeps what it does not understand, byte for byte', async () => {
    const odd = '{"message":"\\u00e4\\/","n":12345678901234567890,"z":-0,"e":1e400}';
    const body = `{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"arguments":${odd},"name":"mute__wait","later":[]}}`;
    await rpc(mcp.url, '', { body });
    expect(mute.of('tools/call').at(-1)?.body).toContain(
      `"params":{"arguments":${odd},"name":"wait","later":[],"_meta":{`,
    );
    expect((await rpc(mcp.url, '', { body })).text).toContain('"id":9007199254740993');
  });
});
