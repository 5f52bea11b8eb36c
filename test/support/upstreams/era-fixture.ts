import type { ServerResponse } from 'node:http';
import { answer, startHttpFixture } from './http-fixture.js';
import type { Arrived, FixtureOptions, Handler, HttpFixture } from './http-fixture.js';

const modern = '2026-07-28';

/** A server whose eras a test can change while it runs; 2026-07-28 is answered by raw bytes. */
export interface EraFixture extends HttpFixture {
  /** What it speaks from now on. */
  speaks: { modern: boolean; legacy: boolean };
  /** Status of the error by which it refuses the other. */
  refusesWith: number;
  /** Answers this method of 2026-07-28 from now on. */
  onModern(method: string, handler: Handler): void;
  /** Arrivals of a method in one era. */
  ofEra(era: 'modern' | 'legacy', method: string): Arrived[];
}

export const discovered = `{"resultType":"complete","ttlMs":0,"cacheScope":"public","supportedVersions":["${modern}"],"capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true}}}`;

export async function startEraFixture(
  speaks: EraFixture['speaks'],
  options: FixtureOptions = {},
): Promise<EraFixture> {
  const fixture = await startHttpFixture(options);
  const handlers = new Map<string, Handler>([
    ['server/discover', (arrived, response) => answer(arrived, response, discovered)],
    [
      'tools/call',
      (arrived, response) => answer(arrived, response, '{"resultType":"complete","content":[]}'),
    ],
    [
      'tools/list',
      (arrived, response) =>
        answer(
          arrived,
          response,
          '{"resultType":"complete","tools":[],"ttlMs":0,"cacheScope":"public"}',
        ),
    ],
  ]);
  const eras: EraFixture = {
    ...fixture,
    speaks,
    refusesWith: 400,
    onModern: (method, handler) => void handlers.set(method, handler),
    ofEra: (era, method) => fixture.of(method).filter((one) => eraOf(one) === era),
  };
  for (const method of ['server/discover', 'tools/call', 'tools/list', 'subscriptions/listen']) {
    fixture.on(method, (arrived, response) => {
      const handle = handlers.get(method);
      if (eraOf(arrived) === 'modern') {
        if (eras.speaks.modern && handle) return handle(arrived, response);
        return refuse(eras.refusesWith, arrived, response, eras.speaks.modern ? -32601 : -32600);
      }
      if (!eras.speaks.legacy) return refuse(eras.refusesWith, arrived, response, -32022);
      const known = fixture.sessions.has(String(arrived.headers['mcp-session-id']));
      if (!known) return void response.writeHead(404).end();
      const result = method === 'tools/list' ? '{"tools":[]}' : '{"content":["by session"]}';
      return answer(arrived, response, result);
    });
  }
  const initialize: Handler = (arrived, response) => {
    if (!eras.speaks.legacy) return refuse(eras.refusesWith, arrived, response, -32022);
    const session = `s-${fixture.sessions.size + 1}`;
    fixture.sessions.add(session);
    response.setHeader('mcp-session-id', session);
    answer(
      arrived,
      response,
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"f","version":"1"}}',
    );
  };
  fixture.on('initialize', initialize);
  return eras;
}

function eraOf({ headers }: Arrived): 'modern' | 'legacy' {
  return headers['mcp-protocol-version'] === modern ? 'modern' : 'legacy';
}

function refuse(
  refusedWith: number,
  { id }: Arrived,
  response: ServerResponse,
  code: number,
): void {
  const body = `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"not here"}}`;
  response.writeHead(refusedWith, { 'content-type': 'application/json' }).end(body);
}
