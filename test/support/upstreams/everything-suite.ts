import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyClient, Connect } from '../any-client.js';
import { until } from '../readiness.js';
import { untilListed } from '../rig/listed.js';
import { startProtectedEndpoint } from '../rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../rig/one-endpoint.js';
import type { RunningServer } from './server-everything.js';

const prefix = 'everything__';
const answers = {
  'sampling/createMessage': {
    role: 'assistant',
    model: 'test',
    content: { type: 'text', text: 'a thought' },
  },
  'elicitation/create': {
    action: 'accept',
    content: { name: 'Ann', check: true, email: 'ann@example.com', integer: 7, number: 1.5 },
  },
  'roots/list': { roots: [{ uri: 'file:///home/ann', name: 'home' }] },
};

/** Tools whose result depends on nothing but their arguments, and the session for some. */
const calls: readonly [string, Record<string, unknown>][] = [
  ['echo', { message: 'Grüße, 世界 \u0000 "quoted"' }],
  ['get-annotated-message', { messageType: 'error', includeImage: true }],
  ['get-env', {}],
  ['get-resource-links', { count: 4 }],
  ['get-resource-reference', { resourceType: 'Text', resourceId: 3 }],
  ['get-resource-reference', { resourceType: 'Blob', resourceId: 4 }],
  ['get-structured-content', { location: 'Chicago' }],
  ['get-sum', { a: 0.1, b: 0.2 }],
  ['get-tiny-image', {}],
  [
    'gzip-file-as-resource',
    { name: 'a.gz', data: 'data:text/plain,hello', outputType: 'resource' },
  ],
  ['get-roots-list', {}],
  ['trigger-elicitation-request', {}],
  ['trigger-url-elicitation', { url: 'https://example.com/pay', elicitationId: 'one' }],
  ['trigger-sampling-request', { prompt: 'think', maxTokens: 5 }],
  ['echo', { message: 42 }],
];

/** Shown apart: they run on, take their time, or name sessions. */
const others = [
  'toggle-simulated-logging',
  'toggle-subscriber-updates',
  'trigger-long-running-operation',
];

/** What the gateway is meant to change of what a server says, undone. */
function asServer<T>(value: T): T {
  const text = JSON.stringify(value)
    .replaceAll(`mcp+everything+`, '')
    .replaceAll(prefix, '')
    .replaceAll('[everything] ', '');
  return JSON.parse(text) as T;
}

/** Dynamic resources say when they were made. */
function withoutTimes<T>(value: T): T {
  const text = JSON.stringify(value, (key, member: unknown) => {
    const bytes = key === 'blob' ? Buffer.from(String(member), 'base64').toString('latin1') : '';
    return bytes.includes(' created at ') ? bytes : member;
  });
  return JSON.parse(text.replaceAll(/\d{1,2}:\d\d:\d\d [AP]M/g, 'T')) as T;
}

/** What one of the eras has and the other has not. */
const ofOneEra = new Set(['_meta', 'ttlMs', 'cacheScope', 'execution', 'elicitationId']);
const withoutEra = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (key, member: unknown) => (ofOneEra.has(key) ? undefined : member)),
  ) as T;

/** A client, and its like that speaks to the server itself, by the transport of that. */
export interface Pair {
  readonly title: string;
  readonly connect: Connect;
  readonly native: Connect;
  /** Whether they are of two eras. */
  readonly bridged: boolean;
  /** Whether `native` may miss progress that comes together with the result, as SDK v1 by SSE does. */
  readonly misses?: boolean;
}

export interface EverythingOptions {
  readonly start: () => Promise<RunningServer>;
  /** The server's settings beside its name and address. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly pairs: readonly Pair[];
}

/** Whether clients find everything of server-everything through the gateway as they do without it. */
export function describeEverything({ start, settings, pairs }: EverythingOptions): void {
  describe.each(pairs)('server-everything by $title, as directly', (pair) => {
    compare(pair, start, settings);
  });
}

function compare(
  { connect, native, bridged, misses = false }: Pair,
  start: () => Promise<RunningServer>,
  settings: Readonly<Record<string, unknown>> = {},
): void {
  let server: RunningServer;
  let mcp: ProtectedEndpoint;
  let through: AnyClient;
  let direct: AnyClient;
  const comparable = <T>(value: T): T => (bridged ? withoutEra(value) : value);
  const same = (seen: unknown, there: unknown): void =>
    expect(comparable(withoutTimes(asServer(seen)))).toEqual(comparable(withoutTimes(there)));

  beforeAll(async () => {
    server = await start();
    const servers = [{ name: 'everything', url: server.url, trusted: true, ...settings }];
    // With a token: whoever has no session is known by it, and so has one at the server.
    mcp = await startProtectedEndpoint({ aggregate: { servers } });
    const token = await mcp.token();
    await untilListed(mcp.resource, [prefix], { token });
    through = await connect(mcp.resource, answers, token);
    direct = await native(server.url, answers);
  });
  afterAll(async () => {
    await through?.client.close();
    await direct?.client.close();
    await mcp?.stop();
    await server?.close();
  });

  it('its tools, but those that need tasks', async () => {
    const seen = (await through.client.listTools()).tools;
    const there = (await direct.client.listTools()).tools as { name: string }[];
    const names = there
      .map(({ name }) => name)
      .filter((name) => name !== 'simulate-research-query');
    expect(seen.map(({ name }) => name).sort()).toEqual(names.map((name) => prefix + name).sort());
    expect(new Set([...calls.map(([name]) => name), ...others])).toEqual(new Set(names));
    for (const tool of seen) {
      const original = there.find(({ name }) => prefix + name === tool.name);
      same(tool, original);
    }
  });

  it.each(calls)('%s %o', async (name, args) => {
    const [seen, there] = [
      await through.client.callTool({ name: prefix + name, arguments: args }),
      await direct.client.callTool({ name, arguments: args }),
    ];
    same(seen, there);
    // The server asks for roots when it likes, and remembers them.
    const questions = ({ asked }: AnyClient) =>
      asServer(asked.splice(0)).flatMap(({ method, params }) => {
        const { _meta, ...rest } = params ?? {};
        return method === 'roots/list' ? [] : [{ method, params: rest }];
      });
    same(questions(through), questions(direct));
  });

  it.skipIf(bridged)('a URL elicitation by way of an error', async () => {
    const args = { url: 'https://example.com/pay', errorPath: true };
    const failed = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );
    const name = 'trigger-url-elicitation';
    const seen = await failed(through.client.callTool({ name: prefix + name, arguments: args }));
    const there = await failed(direct.client.callTool({ name, arguments: args }));
    expect(seen).toMatchObject({ code: -32042 });
    expect(Object.keys((seen as { data: object }).data)).toEqual(
      Object.keys((there as { data: object }).data),
    );
  });

  it.runIf(bridged)('a URL elicitation by way of an error is a question', async () => {
    const name = `${prefix}trigger-url-elicitation`;
    const args = { url: 'https://example.com/pay', errorPath: true };
    through.asked.length = 0;
    const { content } = await through.client.callTool({ name, arguments: args });
    expect(JSON.stringify(content)).toContain('accept');
    // First where the error leads, then, the call being tried again, what was to be opened.
    const asked = through.asked.map(({ params }) => params);
    expect(asked).toMatchObject([{ mode: 'url' }, { mode: 'url', url: args.url }]);
  });

  it('progress, step by step', async () => {
    const args = { duration: 0.3, steps: 3 };
    const name = 'trigger-long-running-operation';
    const [result, steps] = await through.withProgress(prefix + name, args);
    const [there, stepsThere] = await direct.withProgress(name, args);
    same(result, there);
    same(misses ? steps.slice(0, stepsThere.length) : steps, stepsThere);
    expect(steps).toHaveLength(3);
  });

  it('a resource that a tool has made, by its link', async () => {
    const args = { name: 'b.gz', data: 'data:text/plain,hello', outputType: 'resourceLink' };
    const { content } = await through.client.callTool({
      name: `${prefix}gzip-file-as-resource`,
      arguments: args,
    });
    const { uri } = (content as { uri: string }[])[0]!;
    expect(uri).toMatch(/^mcp\+everything\+demo:/);
    const { contents } = await through.client.readResource({ uri });
    expect(contents[0]).toMatchObject({ uri, mimeType: 'application/gzip' });
  });

  it('its prompts, each with what they are completed by', async () => {
    const seen = await through.client.listPrompts();
    same(seen.prompts, (await direct.client.listPrompts()).prompts);
    const asked: [string, Record<string, string>][] = [
      ['simple-prompt', {}],
      ['args-prompt', { city: 'Bern', state: 'BE' }],
      ['completable-prompt', { department: 'Sales', name: 'David' }],
      ['resource-prompt', { resourceType: 'Text', resourceId: '2' }],
    ];
    expect(asked.map(([name]) => prefix + name)).toEqual(seen.prompts.map(({ name }) => name));
    for (const [name, args] of asked) {
      const prompt = await through.client.getPrompt({ name: prefix + name, arguments: args });
      same(prompt, await direct.client.getPrompt({ name, arguments: args }));
    }
    const complete = (client: AnyClient['client'], name: string) =>
      client.complete({
        ref: { type: 'ref/prompt', name },
        argument: { name: 'name', value: '' },
        context: { arguments: { department: 'Sales' } },
      });
    const completed = await complete(through.client, `${prefix}completable-prompt`);
    expect(completed.completion.values.length).toBeGreaterThan(0);
    same(completed, await complete(direct.client, 'completable-prompt'));
  });

  it('its resources and templates', async () => {
    const listed = (await through.client.listResources()).resources;
    const isStatic = ({ uri }: { readonly uri: string }) => uri.includes('/static/');
    const there = (await direct.client.listResources()).resources.filter(isStatic);
    same(listed.filter(isStatic), there);
    for (const { uri } of there) {
      const read = await through.client.readResource({ uri: `mcp+everything+${uri}` });
      same(read, await direct.client.readResource({ uri }));
    }
    const { resourceTemplates } = await through.client.listResourceTemplates();
    same(resourceTemplates, (await direct.client.listResourceTemplates()).resourceTemplates);
    for (const kind of ['text', 'blob']) {
      const uri = `demo://resource/dynamic/${kind}/5`;
      const read = await through.client.readResource({ uri: `mcp+everything+${uri}` });
      same(read, await direct.client.readResource({ uri }));
    }
    const ref = (template: string) => ({ type: 'ref/resource' as const, uri: template });
    const argument = { name: 'resourceId', value: '1' };
    const uri = 'demo://resource/dynamic/text/{resourceId}';
    const seen = await through.client.complete({ ref: ref(`mcp+everything+${uri}`), argument });
    same(seen, await direct.client.complete({ ref: ref(uri), argument }));
    expect(seen.completion.values).toEqual(['1']);
  });

  // It tells the session that asked it to; a stream without sessions has its own at the server.
  it.skipIf(bridged)('updates of a resource it has subscribed to, and of no other', async () => {
    const uri = 'mcp+everything+demo://resource/dynamic/text/1';
    const other = 'mcp+everything+demo://resource/dynamic/text/2';
    const updated = () =>
      through.heard
        .filter(({ method }) => method === 'notifications/resources/updated')
        .map(({ params }) => params?.['uri']);
    const stop = await through.watch([uri]);
    await (
      await through.watch([other])
    )();
    await through.client.callTool({ name: `${prefix}toggle-subscriber-updates`, arguments: {} });
    await until(() => updated().length > 0, { what: 'no update came' });
    await through.client.callTool({ name: `${prefix}toggle-subscriber-updates`, arguments: {} });
    expect(new Set(updated())).toEqual(new Set([uri]));
    await stop();
  });

  // These belong to no call.
  it.skipIf(bridged)('log messages as severe as the client wants them', async () => {
    const levels = () =>
      through.heard.flatMap(({ method, params }) =>
        method === 'notifications/message' ? [params?.['level']] : [],
      );
    await through.client.setLoggingLevel('debug');
    through.heard.length = 0;
    await through.client.callTool({ name: `${prefix}toggle-simulated-logging`, arguments: {} });
    await until(() => levels().length > 0, { what: 'no log message came' });
    await through.client.callTool({ name: `${prefix}toggle-simulated-logging`, arguments: {} });
  });
}
