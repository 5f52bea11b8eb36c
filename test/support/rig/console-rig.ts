import { startOpenEndpoint } from './one-endpoint.js';
import type { OpenEndpoint } from './one-endpoint.js';
import { untilListed } from './listed.js';
import { freePort } from '../ports.js';
import { xssCorpus } from '../hostile/xss-corpus.js';
import { answer, json, startHttpFixture } from '../upstreams/http-fixture.js';
import type { HttpFixture } from '../upstreams/http-fixture.js';

/** What the hostile server lists instead from now on: two tools more, and one described otherwise. */
export function turn({ hostile }: ConsoleRig, turned: boolean): void {
  const [first, ...others] = hostileTools;
  const added = [`new ${xssCorpus[3]}`, 'new'].map((name) => ({ ...named[0], name }));
  const tools = turned
    ? [{ ...first, description: 'turned' }, ...others, ...named, ...added]
    : [...hostileTools, ...named];
  hostile.on('tools/list', (arrived, response) =>
    answer(arrived, response, JSON.stringify({ tools })),
  );
}

/** An endpoint with a server that writes script wherever it may write, one that fails so, and one that is fine. */
export interface ConsoleRig {
  readonly mcp: OpenEndpoint;
  /** `http://127.0.0.1:port` of the operations listener. */
  readonly operations: string;
  readonly hostile: HttpFixture;
  stop(): Promise<void>;
}

const long = 'x'.repeat(200);

/** Tools with the corpus in each member that a page shows. */
export const hostileTools = xssCorpus.map((text, at) => ({
  name: `tool_${at}`,
  title: text,
  description: `${text}\n${long}`,
  inputSchema: { type: 'object', properties: { [text]: { type: 'string', description: text } } },
  annotations: { title: text, readOnlyHint: at % 2 === 0, destructiveHint: at % 2 === 1 },
}));

/** Tools whose names are the corpus: no client could be shown them. */
const named = xssCorpus.map((name) => ({ name, inputSchema: { type: 'object' } }));

export async function startConsoleRig(): Promise<ConsoleRig> {
  const port = await freePort();
  const [hostile, broken, fine] = await Promise.all([
    startHttpFixture({ sessions: false, capabilities: '{"tools":{},"prompts":{},"resources":{}}' }),
    startHttpFixture(),
    startHttpFixture(),
  ]);
  const [image = '', script = ''] = [xssCorpus[3], xssCorpus[0]];
  hostile.on('initialize', ({ id }, response) => {
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {}, prompts: {}, resources: {} },
      serverInfo: { name: image, version: script },
    };
    json(response, `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`);
  });
  const lists = {
    'tools/list': { tools: [...hostileTools, ...named] },
    'prompts/list': { prompts: xssCorpus.map((name) => ({ name })) },
    'resources/list': { resources: xssCorpus.map((name) => ({ uri: `x:${name}`, name })) },
    'resources/templates/list': { resourceTemplates: [] },
  };
  for (const [method, list] of Object.entries(lists)) {
    hostile.on(method, (arrived, response) => answer(arrived, response, JSON.stringify(list)));
  }
  broken.on('initialize', ({ id }, response) => {
    const error = { code: -32_000, message: xssCorpus.join(' ') };
    json(response, `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`);
  });
  fine.on('tools/list', (arrived, response) =>
    answer(arrived, response, '{"tools":[{"name":"add","inputSchema":{"type":"object"}}]}'),
  );
  const servers = [
    { name: 'hostile', url: hostile.url, pin: 'warn' },
    { name: 'broken', url: broken.url },
    {
      name: 'fine',
      url: fine.url,
      tools: {
        deny: ['*_secret'],
        overrides: [{ name: 'add', fixed_arguments: { region: '"not to be shown"' } }],
      },
    },
  ];
  const operations = `http://127.0.0.1:${port}`;
  const mcp = await startOpenEndpoint({
    aggregate: {
      servers,
      views: [
        { name: 'sums', path: '/mcp/sums', tools: ['fine__*'] },
        { name: 'all', path: '/mcp/all', servers: ['fine'], discovery: true },
      ],
      scope_rules: [{ names: ['fine__*'], scopes: ['mcp:sums'] }],
      argument_rules: [
        { names: ['hostile__*'], argument: '/x', equals: 'y', effect: 'deny', reason: image },
      ],
      list_ttl: 1,
      page_size: 10_000,
    },
    services: [
      {
        name: 'operations',
        url: operations,
        routes: [{ name: 'operations', paths: ['/below/this'], methods: ['GET', 'HEAD'] }],
      },
    ],
    gateway: { env: { KONG_MCP_OPERATIONS: `127.0.0.1:${port}` } },
  });
  await untilListed(mcp.url, ['hostile__tool_0', 'fine__add']);
  return {
    mcp,
    operations,
    hostile,
    stop: async () => {
      await mcp.stop();
      await Promise.all([hostile, broken, fine].map((each) => each.close()));
    },
  };
}
