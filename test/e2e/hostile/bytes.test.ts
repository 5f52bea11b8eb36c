import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import {
  event,
  eventStream,
  json,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Handler, HttpFixture } from '../../support/upstreams/http-fixture.js';
import { jsonText, objectText } from '../../unit/lib/json/json-text.js';

/** Values that one parser or another changes on its way through. */
const treacherous = [
  '{"a":9007199254740993,"b":-0,"c":1e400,"d":-1E-400,"e":1.0,"f":123456789012345678901234567890}',
  '{"é":"\\u00e9","\\u0061":"\\/","\\ud83d\\ude00":"😀","lone":"\\ud800","nul":"\\u0000"}',
  '{"a":[],"b":{},"c":[[],[{}]],"":"","__proto__":{"x":1},"constructor":1,"toString":null}',
  '{ "spaces" :\t[ 1 ,\n 2 ] , "method":"tools/list","id":7,"name":"other","_meta":{"progressToken":1}}',
  '{"twice":1,"twice":2,"Twice":3}',
  `{"deep":${'['.repeat(40)}${']'.repeat(40)}}`,
  `{"long":"${'x'.repeat(1_048_576)}"}`,
];
const fixed = treacherous.map((text) => ({ text, what: text.slice(0, 60).replaceAll('\n', ' ') }));

describe('bytes', () => {
  let fixture: HttpFixture;
  let mcp: OpenEndpoint;
  /** What the tool answers. */
  let handle: Handler;
  let tools: string[] = [];

  beforeAll(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/call', (arrived, response) => handle(arrived, response));
    fixture.on('tools/list', (arrived, response) => {
      json(response, resultMessage(arrived, `{"tools":[${tools.join(',')}]}`));
    });
    tools = ['{"name":"echo","inputSchema":{"type":"object"}}'];
    const servers = [{ name: 'fx', url: fixture.url, max_response_size: 8_388_608 }];
    const conf = {
      nginx_http_client_body_buffer_size: '4m',
      nginx_http_client_max_body_size: '4m',
    };
    mcp = await startOpenEndpoint({
      aggregate: { servers, max_request_body_size: 4_194_304, list_ttl: 1 },
      gateway: { conf },
    });
    await untilListed(mcp.url, ['fx__echo']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await fixture?.close();
  });

  /** Calls with these arguments; answers the bytes that the server got for them. */
  async function sent(args: string): Promise<string> {
    handle = (arrived, response) => json(response, resultMessage(arrived, '{"content":[]}'));
    const before = fixture.of('tools/call').length;
    const head =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fx__echo","arguments":';
    const answer = await rpc(mcp.url, 'tools/call', { body: `${head}${args}}}` });
    expect(answer.status).toBe(200);
    const [arrived] = fixture.of('tools/call').slice(before);
    const body = arrived?.body ?? '';
    const start = body.indexOf('"arguments":') + '"arguments":'.length;
    expect(body.startsWith('{"jsonrpc":"2.0"')).toBe(true);
    expect(body.slice(0, start)).toContain('"name":"echo"');
    // Only the closing braces of params and message follow, and what the gateway may add in _meta.
    return body.slice(start, start + args.length);
  }

  /** What the client gets of a result. */
  async function received(how: Handler): Promise<string> {
    handle = how;
    const answer = await rpc(mcp.url, 'tools/call', {
      params: { name: 'fx__echo', arguments: {} },
    });
    const text = (answer.headers['content-type'] ?? '').startsWith('text/event-stream')
      ? answer.text
          .split('\n')
          .filter((line) => line.startsWith('data: {'))
          .at(-1)!
          .slice(6)
      : answer.text;
    expect(text.startsWith('{"jsonrpc":"2.0","id":1,"result":')).toBe(true);
    return text.slice('{"jsonrpc":"2.0","id":1,"result":'.length, -1);
  }

  const asJson =
    (result: string): Handler =>
    (arrived, response) =>
      json(response, resultMessage(arrived, result));

  it.each(fixed)('arguments arrive as they were sent: $what', async ({ text }) => {
    expect((await sent(text)) === text).toBe(true);
  });

  it('arguments of any kind arrive as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(objectText, async (text) => (await sent(text)) === text),
      { numRuns: 150 },
    );
  });

  it.each(fixed)('results arrive as the server sent them: $what', async ({ text }) => {
    const result = `{"structuredContent":${text},"unknown":${text},"content":[{"type":"text","text":"t","_meta":${text}}]}`;
    expect((await received(asJson(result))) === result).toBe(true);
  });

  it('results of any kind arrive as the server sent them, as JSON and on a stream', async () => {
    const property = fc.asyncProperty(
      jsonText,
      fc.boolean(),
      fc.nat(),
      async (text, streams, cut) => {
        // Stream events are lines: a server has to spread other text over several.
        const value = text.replaceAll(/[\r\n]/g, ' ');
        const result = `{"structuredContent":${value},"content":[]}`;
        const split: Handler = (arrived, response) => {
          const bytes = Buffer.from(event(resultMessage(arrived, result)));
          const at = cut % bytes.length;
          eventStream(response);
          response.write(bytes.subarray(0, at), () =>
            setImmediate(() => response.end(bytes.subarray(at))),
          );
        };
        return (await received(streams ? split : asJson(result))) === result;
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  it('a stream may be cut at every byte', async () => {
    const result = '{"structuredContent":{"é😀":"\\u00e9 ünï","n":-0},"content":[]}';
    const whole = Buffer.from(event(resultMessage({ id: '9' }, result))).length;
    for (let cut = 1; cut < whole; cut++) {
      const split: Handler = (arrived, response) => {
        const bytes = Buffer.from(event(resultMessage(arrived, result)));
        eventStream(response);
        response.write(bytes.subarray(0, cut), () =>
          setImmediate(() => response.end(bytes.subarray(cut))),
        );
      };
      expect(await received(split)).toBe(result);
    }
  });

  it('definitions of tools keep every byte but their name', async () => {
    const samples = fc.sample(objectText, 150);
    const short = treacherous.filter((text) => text.length < 100_000);
    tools = [...short, ...samples].map(
      (text, n) =>
        `{"description":"d", "name" : "t${n}","inputSchema":{"type":"object","x":${text}},"own":${text}}`,
    );
    const last = `"fx__t${tools.length - 1}"`;
    const list = await until(
      async () => {
        const { text } = await rpc(mcp.url, 'tools/list');
        return text.includes(last) ? text : undefined;
      },
      { what: 'the new list never came' },
    );
    const changed = tools.filter(
      (tool, n) => !list.includes(tool.replace(`"t${n}"`, `"fx__t${n}"`)),
    );
    expect(changed).toEqual([]);
  });
});
