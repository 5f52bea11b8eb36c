import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { largeResult, sendLargeAnswers } from '../../support/large/answers.js';
import type { Sent } from '../../support/large/answers.js';
import { take } from '../../support/large/take.js';
import { until } from '../../support/readiness.js';
import { listTools } from '../../support/rig/direct-endpoint.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog } from '../../support/rig/services.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { howOften } from '../../support/thorough.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const megabyte = 1_048_576;
const rounds = howOften(1, 10);
const forms: readonly [string, Omit<Sent, 'bytes'>][] = [
  ['JSON of a known length', { stream: false, chunked: false }],
  ['JSON in chunks', { stream: false, chunked: true }],
  ['an event stream of a known length', { stream: true, chunked: false }],
  ['an event stream in chunks', { stream: true, chunked: true }],
  ['an event stream after notifications', { stream: true, chunked: true, notes: 1_001 }],
];

/** What a server with `direct` may send in calls that go the usual way, as some do with several workers. */
const mostOfNear = 15;

/** In megabytes; who pauses does so after each. */
const crowds = [
  { size: 1, atOnce: 6, pauseMs: 0 },
  { size: 5, atOnce: 2, pauseMs: 100 },
  { size: 20, atOnce: 2, pauseMs: 0 },
  ...(howOften(0, 1) > 0
    ? [
        { size: 5, atOnce: 4, pauseMs: 0 },
        { size: 20, atOnce: 1, pauseMs: 50 },
      ]
    : []),
];

describe('large answers arrive whole', () => {
  let server: HttpFixture;
  let mcp: ProtectedEndpoint;
  let token: string;

  beforeAll(async () => {
    server = await startHttpFixture();
    listTools(server);
    const { url } = server;
    mcp = await startProtectedEndpoint({
      aggregate: {
        servers: [
          { name: 'usual', url, max_response_size: 32 * megabyte },
          { name: 'near', url, direct: true },
        ],
      },
      plugins: (places) => [...directPlugins, fileLog(places)],
    });
    token = await mcp.token();
    await until(
      async () => {
        const { message } = await rpc(mcp.resource, 'tools/list', { token });
        return (message?.result?.['tools'] as unknown[]).length === 2;
      },
      { what: 'the tools are not listed' },
    );
    sendLargeAnswers(server);
    // To make them takes longer than Node keeps a connection for the next request.
    for (const size of [1, 5, mostOfNear, 20]) largeResult(size * megabyte);
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  /** What is wrong with an answer; undefined where it is the one that was sent. */
  async function flaw(tool: string, session: string, sent: Sent, pauseMs: number) {
    const call = { name: tool, arguments: sent };
    const answer = await take(mcp.resource, {
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: call }),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'mcp-session-id': session,
      },
      pauseMs,
    });
    const { body, status, cut } = answer;
    const wanted = largeResult(sent.bytes);
    const from = body.indexOf('"result":') + '"result":'.length;
    const got = body.subarray(from, body.lastIndexOf('}'));
    if (status === 200 && cut === undefined && got.equals(wanted)) return undefined;
    const start = body.subarray(0, 300).toString();
    return { tool, ...sent, pauseMs, status, cut, got: body.length, start };
  }

  it.each(
    ['usual__x', 'near__x'].flatMap((tool) =>
      forms.map(([what, form]) => [tool, what, form] as const),
    ),
  )('by %s: %s', { timeout: 600_000 }, async (tool, _what, form) => {
    token = await mcp.token();
    const session = await openSession(mcp.resource, { token });
    await callTool(mcp.resource, tool, { bytes: 10 }, { token, session });
    const flaws: unknown[] = [];
    for (let round = 0; round < rounds; round += 1) {
      token = await mcp.token();
      for (const { size, atOnce, pauseMs } of crowds) {
        const most = tool === 'near__x' ? mostOfNear : size;
        const sent = { ...form, bytes: Math.min(size, most) * megabyte };
        const calls = Array.from({ length: atOnce }, () => flaw(tool, session, sent, pauseMs));
        for (const one of await Promise.all(calls)) {
          if (one) flaws.push(one);
        }
      }
    }
    expect(flaws).toEqual([]);
  });
});
