import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { endpoint } from '../test/support/rig/services.js';
import { until } from '../test/support/readiness.js';
import { callTool } from '../test/support/rpc.js';
import { runLoad } from './load.js';
import { startBenchServer } from './mcp-server.js';
import { httpRequest, onWhat, say, startRig, toolCall } from './rig.js';

/** mcp-oauth on another route while large answers pass through mcp-aggregate (design §6). */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    answers: { type: 'string', default: '10' },
    megabytes: { type: 'string', default: '20' },
  },
});
const size = Number(values.megabytes) * 1_048_576;

/** A session-less server whose one tool answers with a long text. */
async function startLargeServer() {
  const text = 'x'.repeat(size);
  const results: Readonly<Record<string, string>> = {
    initialize:
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"l","version":"1"}}',
    'tools/list': '{"tools":[{"name":"large","inputSchema":{"type":"object"}}]}',
    'tools/call': `{"content":[{"type":"text","text":"${text}"}]}`,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly id?: number;
        readonly method: string;
      };
      if (id === undefined) return void response.writeHead(202).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"jsonrpc":"2.0","id":${id},"result":${results[method] ?? '{}'}}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/mcp`, close: () => server.closeAllConnections() };
}

const [large, plain] = await Promise.all([startLargeServer(), startBenchServer(1)]);
await using rig = await startRig({
  servers: [{ name: 'large', url: large.url, max_response_size: 2 * size }],
  services: (resource, issuer) => [
    endpoint({
      name: 'other',
      path: '/other',
      url: plain.url,
      oauth: { resource, authorization_servers: [issuer.url] },
    }),
  ],
});
const { resource, issuer, gateway } = rig;
const token = await issuer.token(resource);
await until(async () => (await callTool(resource, 'large__large', {}, { token })).message?.result, {
  what: 'no large answer',
});
const request = httpRequest(gateway.at('/other'), token, toolCall('tool_0'));
const load = { host: '127.0.0.1', port: gateway.port, request, connections: 1 };
const durationMs = Number(values.seconds) * 1000;
await runLoad({ ...load, durationMs: 1000 });
const quiet = await runLoad({ ...load, durationMs });
let passed = 0;
let going = true;
const passing = Array.from({ length: Number(values.answers) }, async () => {
  while (going) {
    const { text } = await callTool(resource, 'large__large', {}, { token });
    if (text.length < size) throw new Error('a large answer came short');
    passed += 1;
  }
});
const busy = await runLoad({ ...load, durationMs });
going = false;
await Promise.all(passing);
say(
  `On ${onWhat}, ${values.answers} answers of ${values.megabytes} MB at a time; ${passed} passed`,
);
say('| mcp-oauth on another route | p50 ms | p99 ms | × quiet p99 |\n|---|---|---|---|');
for (const [what, result] of [
  ['quiet', quiet],
  ['meanwhile', busy],
] as const) {
  const ratio = (result.p99Ms / quiet.p99Ms).toFixed(2);
  say(`| ${what} | ${result.p50Ms.toFixed(3)} | ${result.p99Ms.toFixed(3)} | ${ratio} |`);
}
large.close();
await plain.close();
