import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runLoad } from '../../../bench/load/generator.js';
import type { LoadPlan, LoadRequest } from '../../../bench/load/generator.js';
import { startBenchServers, toolCall, toolList } from '../../../bench/load/servers.js';
import type { BenchServers } from '../../../bench/load/servers.js';
import { hasBenchTool } from '../../../bench/load/tool.js';
import { projectFile } from '../../support/project.js';

interface Asked {
  readonly id?: number;
  readonly method: string;
  readonly params?: { arguments?: { value: number }; cursor?: string };
}

type Behaviour = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

const json = (response: ServerResponse, message: object, headers = {}): void =>
  void response
    .writeHead(200, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ jsonrpc: '2.0', ...message }));

const said = (asked: Asked): object => ({
  content: [{ type: 'text', text: `server 0 tool_1 ${asked.params?.arguments?.value}` }],
});

const tools = (...names: string[]): object[] =>
  names.map((name) => ({ name, inputSchema: { type: 'object' } }));

let server: Server | undefined;

/** A server that may not be honest; one that gives out sessions takes no request without. */
async function serve(behaviour: Behaviour): Promise<string> {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const asked = JSON.parse(text) as Asked;
      if (asked.id === undefined) return void response.writeHead(202).end();
      if (asked.method === 'initialize') {
        const result = { protocolVersion: '2025-06-18' };
        return json(response, { id: asked.id, result }, { 'mcp-session-id': 's1' });
      }
      behaviour(asked, response, request);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const load = (url: string, request: LoadRequest, more: Partial<LoadPlan> = {}) =>
  runLoad({ url, session: true, requests: [request], connections: 2, seconds: 0.2, ...more });

const call = toolCall('tool_1');

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe.skipIf(!hasBenchTool())('the load generator', () => {
  it('takes right answers, as JSON and as an event stream, in sessions', async () => {
    const sessions = new Set<unknown>();
    const versions = new Set<unknown>();
    const ids = new Set<unknown>();
    const url = await serve((asked, response, request) => {
      sessions.add(request.headers['mcp-session-id']);
      versions.add(request.headers['mcp-protocol-version']);
      expect(ids).not.toContain(asked.id);
      ids.add(asked.id);
      const answer = { jsonrpc: '2.0', id: asked.id, result: said(asked) };
      if (ids.size % 2 === 0) return json(response, answer);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/message"}\n\n',
      );
      response.end(`id: 7\ndata: ${JSON.stringify(answer)}\n\n`);
    });
    const report = await load(url, call);
    expect(report).toMatchObject({ wrong: 0, lost: 0, faults: [], connections: 2 });
    expect(report.requests).toBe(ids.size);
    expect(report.p99Ms).toBeGreaterThanOrEqual(report.p50Ms);
    expect([...sessions, ...versions]).toEqual(['s1', '2025-06-18']);
  });

  it('reads all pages of a list', async () => {
    const url = await serve(({ id, params }, response) => {
      const last = { tools: tools('c') };
      const first = { tools: tools('a', 'b'), nextCursor: 'more "of" it' };
      json(response, { id, result: params?.cursor === first.nextCursor ? last : first });
    });
    expect(await load(url, toolList(3))).toMatchObject({ wrong: 0, lost: 0 });
    expect((await load(url, toolList(4))).wrong).toBeGreaterThan(0);
  });

  const lies: Record<string, Behaviour> = {
    'another id': (asked, response) => json(response, { id: 1, result: said(asked) }),
    'the id as text': (asked, response) =>
      json(response, { id: String(asked.id), result: said(asked) }),
    'the answer to another call': ({ id }, response) =>
      json(response, { id, result: said({ method: '', params: { arguments: { value: 1 } } }) }),
    'an error of the tool': (asked, response) =>
      json(response, { id: asked.id, result: { ...said(asked), isError: true } }),
    'an error': ({ id }, response) => json(response, { id, error: { code: 1, message: 'no' } }),
    'another status': (asked, response) => {
      response.statusCode = 502;
      response.end(JSON.stringify({ id: asked.id, result: said(asked) }));
    },
    'no media type': (asked, response) =>
      void response.end(JSON.stringify({ id: asked.id, result: said(asked) })),
    'two answers': (asked, response) => {
      const data = `data: ${JSON.stringify({ id: asked.id, result: said(asked) })}\n\n`;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(data + data);
    },
    'a stream without an answer': (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n'),
  };
  for (const [lie, behaviour] of Object.entries(lies)) {
    it(`counts as wrong: ${lie}`, async () => {
      const { wrong, lost, requests, faults } = await load(await serve(behaviour), call);
      expect([wrong > 0, lost, requests]).toEqual([true, 0, 0]);
      expect(faults.length).toBeGreaterThan(0);
    });
  }

  it('counts as wrong: a list that loses a tool, or has one twice', async () => {
    let asked = 0;
    const url = await serve(({ id }, response) => {
      asked += 1;
      json(response, { id, result: { tools: asked % 3 ? tools('a', 'b') : tools('a') } });
    });
    const report = await load(url, toolList(2));
    expect(report.wrong).toBeGreaterThan(0);
    expect(report.requests).toBeGreaterThan(0);
    server?.close();
    const twice = await serve(({ id }, response) =>
      json(response, { id, result: { tools: tools('a', 'a') } }),
    );
    expect((await load(twice, toolList(2))).requests).toBe(0);
  });

  it('counts as lost: a cut answer, and none in time', async () => {
    const cut = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"json', () => response.destroy());
    });
    expect(await load(cut, call)).toMatchObject({ wrong: 0, requests: 0 });
    expect((await load(cut, call)).lost).toBeGreaterThan(0);
    server?.closeAllConnections();
    server?.close();
    const mute = await serve(() => undefined);
    const report = await load(mute, call, { timeoutSeconds: 0.1 });
    expect(report).toMatchObject({ wrong: 0, requests: 0 });
    expect(report.lost).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasBenchTool())('the servers behind a gateway', () => {
  let servers: BenchServers;
  beforeAll(async () => void (servers = await startBenchServers({ servers: 2, tools: 3 })));
  afterAll(() => servers.close());

  it('answer calls and lists, and say which of them did', async () => {
    const url = servers.urls[1] ?? '';
    const watch = { server: [servers.pid] };
    const right = await load(url, toolCall('tool_2', { server: 1, tool: 'tool_2' }), { watch });
    expect(right).toMatchObject({ wrong: 0, lost: 0 });
    if (process.platform === 'linux') {
      expect(right.watched['server']?.processes).toBe(1);
      expect(right.watched['server']?.rssBytes).toBeGreaterThan(1_000_000);
    }
    expect(await load(url, toolList(3))).toMatchObject({ wrong: 0, lost: 0 });
    expect((await load(url, toolCall('tool_2', { server: 0 }))).requests).toBe(0);
  });
});

describe.skipIf(spawnSync('gofmt', ['-h']).error !== undefined)('bench/tool', () => {
  it('is written as gofmt has it', () => {
    const folder = projectFile('bench/tool');
    expect(spawnSync('gofmt', ['-l', folder], { encoding: 'utf8' }).stdout).toBe('');
  });
});
