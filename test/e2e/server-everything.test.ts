import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext } from '../support/any-client.js';
import type { AnyClient } from '../support/any-client.js';
import { until } from '../support/readiness.js';
import { untilListed } from '../support/rig/listed.js';
import { startOpenEndpoint } from '../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../support/rig/one-endpoint.js';
import { startServerEverything } from '../support/upstreams/server-everything.js';
import type { RunningServer } from '../support/upstreams/server-everything.js';

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

const same = (seen: unknown, direct: unknown): void =>
  expect(withoutTimes(asServer(seen))).toEqual(withoutTimes(direct));

describe.each([
  ['SDK v1', connectFirst],
  ['SDK v2', connectNext],
])('server-everything behind a prefix, by %s: as at the server itself', (_, connect) => {
  let server: RunningServer;
  let mcp: OpenEndpoint;
  let through: AnyClient;
  let direct: AnyClient;

  beforeAll(async () => {
    server = await startServerEverything();
    const servers = [{ name: 'everything', url: server.url, trusted: true }];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, [prefix]);
    through = await connect(mcp.url, answers);
    direct = await connect(server.url, answers);
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
      expect(asServer(tool)).toEqual(original);
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
    expect(questions(through)).toEqual(questions(direct));
  });

  it('a URL elicitation by way of an error', async () => {
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

  it('progress, step by step', async () => {
    const args = { duration: 0.3, steps: 3 };
    const name = 'trigger-long-running-operation';
    const [result, steps] = await through.withProgress(prefix + name, args);
    expect([result, steps]).toEqual(await direct.withProgress(name, args));
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
    expect(completed).toEqual(await complete(direct.client, 'completable-prompt'));
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
    expect(seen).toEqual(await direct.client.complete({ ref: ref(uri), argument }));
    expect(seen.completion.values).toEqual(['1']);
  });

  it('updates of a resource it has subscribed to, and of no other', async () => {
    const uri = 'mcp+everything+demo://resource/dynamic/text/1';
    const other = 'mcp+everything+demo://resource/dynamic/text/2';
    const updated = () =>
      through.heard
        .filter(({ method }) => method === 'notifications/resources/updated')
        .map(({ params }) => params?.['uri']);
    await through.client.subscribeResource({ uri });
    await through.client.subscribeResource({ uri: other });
    await through.client.unsubscribeResource({ uri: other });
    await through.client.callTool({ name: `${prefix}toggle-subscriber-updates`, arguments: {} });
    await until(() => updated().length > 0, { what: 'no update came' });
    await through.client.callTool({ name: `${prefix}toggle-subscriber-updates`, arguments: {} });
    expect(new Set(updated())).toEqual(new Set([uri]));
  });

  it('log messages as severe as the client wants them', async () => {
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
});
