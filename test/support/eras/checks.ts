import type { AnyClient } from '../any-client.js';
import { until } from '../readiness.js';
import { cameLater, names } from './items.js';

/** How a server's names and URIs are shown to a client. */
export interface Shown {
  readonly name: (own: string) => string;
  readonly uri: (own: string) => string;
}

export const directly: Shown = { name: (own) => own, uri: (own) => own };
export const behind = (server: string): Shown => ({
  name: (own) => `${server}__${own}`,
  uri: (own) => `mcp+${server}+${own}`,
});

/** One thing a client does, and everything it has seen of it. */
export type Check = (client: AnyClient, shown: Shown) => Promise<unknown>;

/** A call with what the client was asked in it; a failure is its code. */
const calling =
  (name: string, args: Record<string, unknown>): Check =>
  async ({ client, asked }, shown) => {
    asked.length = 0;
    const result = await orCode(client.callTool({ name: shown.name(name), arguments: args }));
    return { result, asked: withoutMeta(asked.splice(0)) };
  };

const prompting =
  (name: string, args: Record<string, string>): Check =>
  async ({ client, asked }, shown) => {
    asked.length = 0;
    const result = await orCode(client.getPrompt({ name: shown.name(name), arguments: args }));
    return { result, asked: withoutMeta(asked.splice(0)) };
  };

const reading =
  (uri: string): Check =>
  async ({ client, asked }, shown) => {
    asked.length = 0;
    const result = await orCode(client.readResource({ uri: shown.uri(uri) }));
    return { result, asked: withoutMeta(asked.splice(0)) };
  };

const heardMethods = ({ heard }: AnyClient, method: string) =>
  heard.filter((message) => message.method === method).map(({ params }) => params);

/** What a client sees of every item of this folder, with the means of its era. */
export const checks: Readonly<Record<string, Check>> = {
  'the list of tools': async ({ client }) =>
    (await client.listTools()).tools.filter(({ description }) => description !== cameLater),
  'a call': calling(names.echo, { message: 'Grüße, 世界 \u0000 "quoted"' }),
  'structured output': calling(names.sum, { a: 0.1, b: 0.2 }),
  'arguments that do not fit': calling(names.echo, { message: 42 }),
  'a form': calling(names.ask, { flight: 'KP 1' }),
  'two forms, one after the other': calling(names.twice, {}),
  'two forms at once': calling(names.atOnce, {}),
  'a link to be opened': calling(names.link, {}),
  'a completion by the model': calling(names.think, { prompt: 'Why?' }),
  roots: calling(names.look, {}),
  'progress, step by step': (client, shown) => client.withProgress(shown.name(names.steps), {}),
  'log messages, where they are wanted': async (client, shown) => {
    client.heard.length = 0;
    const result = await client.withLog(shown.name(names.steps), {});
    return { result, heard: heardMethods(client, 'notifications/message') };
  },
  'the list of prompts': async ({ client }) => (await client.listPrompts()).prompts,
  'a prompt': prompting(names.prompt, { name: 'Ann' }),
  'a prompt that asks': prompting(names.asking, {}),
  'completion of an argument': ({ client }, shown) =>
    client.complete({
      ref: { type: 'ref/prompt', name: shown.name(names.prompt) },
      argument: { name: 'name', value: 'An' },
    }),
  'the list of resources': async ({ client }) => (await client.listResources()).resources,
  'the list of templates': async ({ client }) => client.listResourceTemplates(),
  'a resource': reading(names.resource),
  'a resource that asks': reading(names.askingResource),
  'a resource of a template': reading('note://monday'),
  'completion of a template': ({ client }, shown) =>
    client.complete({
      ref: { type: 'ref/resource', uri: shown.uri(names.template) },
      argument: { name: 'day', value: 'm' },
    }),
  'updates of the resource that is watched, and of no other': async (client, shown) => {
    client.heard.length = 0;
    const stop = await client.watch([shown.uri(names.resource)]);
    for (const uri of ['note://monday', names.resource]) {
      await client.client.callTool({ name: shown.name(names.touch), arguments: { uri } });
    }
    const method = 'notifications/resources/updated';
    await until(() => heardMethods(client, method).length > 0, { what: 'no update' });
    await stop();
    return heardMethods(client, method).map((params) => params?.['uri']);
  },
  'a tool that comes': async (client, shown) => {
    client.heard.length = 0;
    const before = (await client.client.listTools()).tools.length;
    const stop = await client.watch([shown.uri(names.resource)]);
    await client.client.callTool({ name: shown.name(names.grow), arguments: {} });
    const method = 'notifications/tools/list_changed';
    await until(() => heardMethods(client, method).length > 0, { what: 'no change told' });
    await until(async () => (await client.client.listTools()).tools.length > before, {
      what: 'the list has not grown',
    });
    await stop();
  },
};

function orCode(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => ({ code: (error as { code: unknown }).code }));
}

/** The token for progress is the asking party's own. */
function withoutMeta(asked: AnyClient['asked']): unknown {
  return asked.map(({ method, params }) => {
    const { _meta, ...rest } = params ?? {};
    return { method, params: rest };
  });
}

/** Members that belong to one hop, or to one of the eras alone. */
const hop = new Set(['_meta', 'ttlMs', 'cacheScope', 'resultType', 'execution', 'elicitationId']);

/** What a server has said: without what the gateway is meant to change of it. */
export function asSaid(value: unknown, server: string): unknown {
  const text = JSON.stringify(value, (key, member: unknown) => (hop.has(key) ? undefined : member));
  if (text === undefined) return undefined;
  return JSON.parse(
    text
      .replaceAll(`mcp+${server}+`, '')
      .replaceAll(`${server}__`, '')
      .replaceAll(`[${server}] `, ''),
  );
}
