import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directPlugins } from '../../kong/direct/plugins.js';
import { untilListed } from '../support/rig/listed.js';
import { startOpenEndpoint } from '../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../support/rig/one-endpoint.js';
import { fileLog } from '../support/rig/services.js';
import { until } from '../support/readiness.js';
import { openSession, rpc } from '../support/rpc.js';
import type { RpcAnswer, RpcOptions } from '../support/rpc.js';
import {
  answer,
  event,
  eventStream,
  json,
  startHttpFixture,
} from '../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../support/upstreams/http-fixture.js';

const tools = '{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}';

function listTools(server: HttpFixture): void {
  server.on('tools/list', (arrived, response) => answer(arrived, response, tools));
}

/** The default answer to a call. */
function plainly(server: HttpFixture): void {
  server.on('tools/call', (arrived, response) => answer(arrived, response, '{"content":[]}'));
}

describe('a direct call in a session', () => {
  let server: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    server = await startHttpFixture();
    listTools(server);
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [
          { name: 's', url: server.url, direct: true, headers: { Authorization: 'Bearer own' } },
        ],
      },
      plugins: (places) => [...directPlugins, fileLog(places)],
    });
    await untilListed(mcp.url, ['s__x']);
  });
  beforeEach(() => plainly(server));
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  async function call(
    session: string,
    options: RpcOptions = {},
  ): Promise<RpcAnswer & { arrived: Arrived[] }> {
    const before = server.of('tools/call').length;
    const params = { name: 's__x', arguments: {} };
    const answered = await rpc(mcp.url, 'tools/call', { params, session, ...options });
    return { ...answered, arrived: server.of('tools/call').slice(before) };
  }

  /** A session with one at the server. */
  async function begun(): Promise<string> {
    const session = await openSession(mcp.url);
    await call(session);
    return session;
  }

  it('reaches the server as the client made it, under the server’s name of the tool', async () => {
    const session = await begun();
    const odd = '{"n":12345678901234567890,"z":-0,"e":1e400,"s":"\\u00e4\\/"}';
    const body = `{"jsonrpc" : "2.0","id":"a\\u0062","method":"tools/call","params":{"name":"s__x" ,"arguments":${odd},"_meta":{"progressToken":7}}}`;
    const { status, message, arrived } = await call(session, { body });
    expect([status, message?.id]).toEqual([200, 'ab']);
    const request = /"kong-plugin-mcp\/request-id":"[0-9a-f]{32}"/.exec(arrived[0]!.body)?.[0];
    expect(arrived.map((one) => one.body)).toEqual([
      body.replace('"s__x" ', '"x" ').replace('"progressToken":7', `"progressToken":7,${request}`),
    ]);
  });
});
