import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modernRpc } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { projectFile } from '../../support/project.js';
import { untilListening } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

let server: HttpFixture;
let guard: ChildProcess;
let mcp: OpenEndpoint;

beforeAll(async () => {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  guard = spawn(process.execPath, [projectFile('examples/guard/guard.mjs')], { env });
  await untilListening(port);
  server = await startHttpFixture();
  const tools = '{"tools":[{"name":"find","inputSchema":{"type":"object"}}]}';
  const found =
    '{"content":[{"type":"text","text":"ask Ann.B@mail.example.com today"}],"structuredContent":{"who":["b@example.org"],"n":1}}';
  server.on('tools/list', (arrived, response) => answer(arrived, response, tools));
  server.on('tools/call', (arrived, response) => answer(arrived, response, found));
  mcp = await startOpenEndpoint({
    aggregate: {
      servers: [{ name: 's', url: server.url }],
      guards: [{ name: 'privacy', url: `http://127.0.0.1:${port}/`, when: ['request', 'result'] }],
    },
  });
  await untilListed(mcp.url, ['s__find']);
});
afterAll(async () => {
  await mcp?.stop();
  await server?.close();
  guard?.kill();
});

const find = (given: object) =>
  modernRpc(mcp.url, 'tools/call', { name: 's__find', arguments: given });

it('takes e-mail addresses out of results', async () => {
  const { message } = await find({ q: 'order 1234567890123' });
  expect(message?.result).toMatchObject({
    content: [{ type: 'text', text: 'ask [e-mail] today' }],
    structuredContent: { who: ['[e-mail]'], n: 1 },
  });
});

it.each([{ q: 'pay with 4111 1111 1111 1111' }, { deep: [{ card: 4111111111111111 }] }])(
  'denies a number of a card in %j',
  async (given) => {
    const reached = server.of('tools/call').length;
    const { message } = await find(given);
    expect(message?.error).toMatchObject({ code: -31027 });
    expect(message?.error?.message).toContain('the number of a card');
    expect(server.of('tools/call')).toHaveLength(reached);
  },
);
