import { startProviderDouble } from '../authorization-server/providers/double.js';
import type { ProviderDouble } from '../authorization-server/providers/double.js';
import { corsFor } from '../browser/cors.js';
import { startGateway } from '../gateway/gateway.js';
import type { Gateway } from '../gateway/gateway.js';
import { xssCorpus } from '../hostile/xss-corpus.js';
import { freePort } from '../ports.js';
import { answer, eventStream, resultMessage, startHttpFixture } from '../upstreams/http-fixture.js';
import type { HttpFixture } from '../upstreams/http-fixture.js';
import { facadeEndpoint } from './facade-endpoint.js';
import { startIssuer } from './issuer.js';
import type { Issuer } from './issuer.js';
import { untilListed } from './listed.js';
import { endpoint } from './services.js';

/** A gateway whose playground may call its endpoints, one of them behind a login. */
export interface PlaygroundRig {
  readonly gateway: Gateway;
  readonly issuer: Issuer;
  /** Of the endpoint `/facade`, which the page does not know. */
  readonly provider: ProviderDouble;
  /** Address of the page. */
  readonly page: string;
  /** The endpoint with a login. */
  readonly resource: string;
  readonly fine: HttpFixture;
  readonly hostile: HttpFixture;
  stop(): Promise<void>;
}

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What the tool `mixed` takes: one argument of each kind that the form knows. */
const inputSchema = {
  type: 'object',
  required: ['text', 'kind'],
  properties: {
    text: { type: 'string', description: 'What is said' },
    kind: { enum: ['short', 'long'] },
    big: { type: 'integer' },
    loud: { type: 'boolean' },
    more: { type: 'object' },
  },
};

/** Every part of a result, written by somebody hostile. */
const hostileResult = {
  content: xssCorpus.flatMap((text) => [
    { type: 'text', text },
    { type: 'image', mimeType: 'image/svg+xml', data: btoa('<svg onload="hostileRan=1"/>') },
    { type: 'image', mimeType: `image/png,${encodeURIComponent(text)}`, data: text },
    { type: 'image', mimeType: 'image/png', data: `${pixel}"><script>` },
    { type: 'resource', resource: { uri: text, mimeType: 'text/html', text } },
    { type: 'resource_link', uri: `javascript:${text}`, name: text },
    { type: encodeURIComponent(text), text },
  ]),
  structuredContent: Object.fromEntries(xssCorpus.map((text) => [text, text])),
};

export async function startPlaygroundRig(): Promise<PlaygroundRig> {
  const [port, operations] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${operations}`;
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  const [fine, hostile, issuer, provider] = await Promise.all([
    startFine(),
    startHostile(),
    startIssuer([at('/mcp')], { scopes: ['mcp:tools', 'mcp:more'] }),
    startProviderDouble('keycloak', at('/facade'), ['mcp:tools']),
  ]);
  const paths = ['/mcp', '/open', '/modern', '/bare', '/facade'];
  const servers = [
    { name: 'fine', url: fine.url, tools: { deny: ['secret'] } },
    { name: 'hostile', url: hostile.url },
  ];
  const services = [
    ...servicesOf(at('/mcp'), issuer.url, origin, servers),
    facadeService(at('/facade'), provider, origin, servers),
  ];
  const gateway = await startGateway({
    port,
    declarative: { services },
    env: {
      KONG_MCP_OPERATIONS: `127.0.0.1:${operations}`,
      KONG_MCP_PLAYGROUND: paths.map(at).join(','),
      KONG_MCP_PLAYGROUND_LOGINS: issuer.url,
    },
  });
  const names = ['fine__mixed', 'hostile__tool_0'];
  await Promise.all([
    untilListed(at('/mcp'), names, { token: () => issuer.token(at('/mcp')) }),
    untilListed(at('/open'), names),
  ]);
  return {
    gateway,
    issuer,
    provider,
    page: `${origin}/console/playground`,
    resource: at('/mcp'),
    fine,
    hostile,
    stop: async () => {
      await gateway.stop();
      await Promise.all([fine, hostile, issuer, provider].map((each) => each.close()));
    },
  };
}

type Servers = readonly object[];

function facadeService(
  resource: string,
  { issuer }: ProviderDouble,
  origin: string,
  servers: Servers,
): object {
  const allowed = { allowed_origins: [origin] };
  return facadeEndpoint({
    name: 'facade',
    path: '/facade',
    oauth: {
      ...allowed,
      resource,
      authorization_servers: [issuer],
      required_scopes: ['mcp:tools'],
      facade: { provider: 'keycloak' },
    },
    aggregate: { ...allowed, servers },
    plugins: [corsFor([origin])],
  });
}

function servicesOf(resource: string, issuer: string, origin: string, servers: Servers) {
  const allowed = { allowed_origins: [origin] };
  const oauth = { resource, authorization_servers: [issuer], required_scopes: ['mcp:tools'] };
  const scopes = [{ names: ['fine__guarded'], scopes: ['mcp:more'] }];
  const open = { ...allowed, servers, anonymous: true };
  const plugins = [corsFor([origin])];
  return [
    endpoint({
      name: 'mcp',
      path: '/mcp',
      oauth: { ...oauth, ...allowed },
      aggregate: { ...allowed, servers, scope_rules: scopes },
      plugins,
    }),
    endpoint({ name: 'open', path: '/open', aggregate: open, plugins }),
    endpoint({
      name: 'modern',
      path: '/modern',
      aggregate: { ...open, protocol_versions: ['2026-07-28'] },
      plugins,
    }),
    endpoint({ name: 'bare', path: '/bare', aggregate: { servers, anonymous: true } }),
  ];
}

async function startFine(): Promise<HttpFixture> {
  const fine = await startHttpFixture();
  const empty = { type: 'object' };
  const tools = [
    { name: 'mixed', title: 'Mixed', description: 'Takes each kind.', inputSchema },
    { name: 'guarded', inputSchema: empty },
    { name: 'secret', inputSchema: empty },
    { name: 'picture', inputSchema: empty },
    { name: 'slow', inputSchema: empty },
    { name: 'failing', inputSchema: empty },
  ];
  fine.on('tools/list', (arrived, response) =>
    answer(arrived, response, JSON.stringify({ tools })),
  );
  fine.on('tools/call', (arrived, response) => {
    const { name, arguments: given, _meta } = arrived.params;
    if (name === 'slow') {
      eventStream(response);
      const params = {
        progressToken: _meta?.progressToken,
        progress: 1,
        total: 2,
        message: 'half',
      };
      const note = { jsonrpc: '2.0', method: 'notifications/progress', params };
      return void response.write(`data: ${JSON.stringify(note)}\n\n`);
    }
    const said = JSON.stringify(given);
    const content =
      name === 'picture'
        ? [{ type: 'image', mimeType: 'image/png', data: pixel }]
        : [{ type: 'text', text: `${name} was given ${said}` }];
    const result = { content, isError: name === 'failing' };
    eventStream(response);
    response.end(`data: ${resultMessage(arrived, JSON.stringify(result))}\n\n`);
  });
  return fine;
}

async function startHostile(): Promise<HttpFixture> {
  const hostile = await startHttpFixture();
  const tools = xssCorpus.map((text, index) => ({
    name: `tool_${index}`,
    title: text,
    description: text,
    inputSchema: {
      type: 'object',
      required: [text],
      properties: {
        [text]: { type: 'string', title: text, description: text, default: text },
        other: { enum: [text, 'x'], description: text },
      },
    },
  }));
  hostile.on('tools/list', (arrived, response) => {
    const named = xssCorpus.map((name) => ({ name, inputSchema: { type: 'object' } }));
    answer(arrived, response, JSON.stringify({ tools: [...tools, ...named] }));
  });
  hostile.on('tools/call', (arrived, response) => {
    if (arrived.params.name !== 'tool_1') {
      return answer(arrived, response, JSON.stringify(hostileResult));
    }
    const error = { code: -32_000, message: xssCorpus.join(' '), data: xssCorpus };
    const message = `{"jsonrpc":"2.0","id":${arrived.id},"error":${JSON.stringify(error)}}`;
    response.writeHead(200, { 'content-type': 'application/json' }).end(message);
  });
  return hostile;
}
