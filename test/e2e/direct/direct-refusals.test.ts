import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callInSessions, startDirectEndpoint } from '../../support/rig/direct-endpoint.js';
import type { DirectEndpoint } from '../../support/rig/direct-endpoint.js';

describe('a server that does not answer a direct call as it should', () => {
  let mcp: DirectEndpoint;

  beforeAll(async () => {
    mcp = await startDirectEndpoint({ server: { timeout: 1000 } });
  });
  beforeEach(() => callInSessions(mcp.server));
  afterAll(() => mcp?.stop());

  const refusals: [number, string, string, RegExp][] = [
    [401, 'application/json', '{"error":"invalid_token"}', /refused the request of the gateway/],
    [403, 'text/html', '<html>', /refused the request of the gateway/],
    [307, 'text/plain', 'see there', /answered HTTP 307/],
    [502, 'text/html', '<html>secret of the server</html>', /answered HTTP 502/],
    [200, 'text/html', '<html>secret of the server</html>', /not MCP/],
    [
      404,
      'application/json',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"?"}}',
      /no longer knows the session/,
    ],
  ];
  it.each(refusals)(
    'HTTP %i of %s is an error that names the server',
    async (status, type, text, says) => {
      const session = await mcp.begun();
      mcp.server.on('tools/call', (_arrived, response) => {
        const headers = {
          'content-type': type,
          'www-authenticate': 'Bearer',
          location: 'http://127.0.0.1:1/',
        };
        response.writeHead(status, headers).end(text);
      });
      const answered = await mcp.call({
        session,
        body: '{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"s__x"}}',
      });
      expect(answered.status).toBe(200);
      expect(answered.headers['content-type']).toBe('application/json');
      expect(answered.message).toEqual({
        jsonrpc: '2.0',
        id: '7',
        error: {
          code: expect.any(Number),
          message: expect.stringMatching(says),
          data: { server: 's' },
        },
      });
      expect(answered.headers).not.toHaveProperty('www-authenticate');
      expect(answered.headers).not.toHaveProperty('location');
    },
  );

  it('a JSON-RPC error of its own comes through, whatever its status', async () => {
    const session = await mcp.begun();
    const error = { code: -32602, message: 'no such argument' };
    mcp.server.on('tools/call', (arrived, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(`{"jsonrpc":"2.0","id":${arrived.id},"error":${JSON.stringify(error)}}`);
    });
    expect((await mcp.call({ session })).message?.error).toEqual(error);
  });

  it('silence ends with its deadline', async () => {
    const session = await mcp.begun();
    mcp.server.on('tools/call', () => undefined);
    const { message } = await mcp.call({ session });
    expect(message?.error).toMatchObject({
      code: -31002,
      message: expect.stringContaining('1000 ms'),
    });
  });

  it('a session that it has forgotten is made anew with the next call, and the client’s lives on', async () => {
    const session = await mcp.begun();
    const { arrived } = await mcp.call({ session });
    mcp.server.sessions.delete(String(arrived[0]!.headers['mcp-session-id']));
    const lost = await mcp.call({ session });
    expect(lost.message?.error?.message).toMatch(/no longer knows the session.*call again/);
    const again = await mcp.call({ session });
    expect(again.message?.result).toEqual({ content: [] });
    const direct = await mcp.call({ session });
    expect(direct.message?.result).toEqual({ content: [] });
    expect((await mcp.logged(direct.headers['x-kong-request-id'])).mcp['direct']).toBe(true);
  });
});

describe('what does not go by directly', () => {
  async function wayOf(mcp: DirectEndpoint, session: string, options = {}): Promise<unknown> {
    const { headers, message } = await mcp.call({ session, ...options });
    expect(message?.result).toBeDefined();
    return (await mcp.logged(headers['x-kong-request-id'])).mcp['direct'];
  }

  it('calls on a route without the functions', async () => {
    const mcp = await startDirectEndpoint({ plugins: [] });
    try {
      const session = await mcp.begun();
      expect(await wayOf(mcp, session)).toBeUndefined();
    } finally {
      await mcp.stop();
    }
  });

  it('calls without a session, of a server with sessions; and those with a body on disk', async () => {
    const mcp = await startDirectEndpoint({ aggregate: { max_request_body_size: 9_000_000 } });
    try {
      const session = await mcp.begun();
      expect(await wayOf(mcp, session)).toBe(true);
      const { headers } = await mcp.call();
      expect((await mcp.logged(headers['x-kong-request-id'])).mcp).not.toHaveProperty('direct');
      const params = { name: 's__x', arguments: { big: 'x'.repeat(2_000_000) } };
      expect(await wayOf(mcp, session, { params })).toBeUndefined();
    } finally {
      await mcp.stop();
    }
  });

  it('calls of a server with resources, unless clients see its own URIs', async () => {
    const fixture = { capabilities: '{"tools":{},"resources":{}}' };
    const mapped = await startDirectEndpoint({ fixture });
    const plain = await startDirectEndpoint({ fixture, server: { uri_mapping: 'none' } });
    try {
      expect(await wayOf(mapped, await mapped.begun())).toBeUndefined();
      expect(await wayOf(plain, await plain.begun())).toBe(true);
    } finally {
      await Promise.all([mapped.stop(), plain.stop()]);
    }
  });
});
