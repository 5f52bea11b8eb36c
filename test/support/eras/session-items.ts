import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import {
  booked,
  cameLater,
  completeDays,
  completePeople,
  greeting,
  link,
  meals,
  names,
  note,
  question,
  sampling,
  seatForm,
  text,
} from './items.js';
import type { Session, Shared } from './session-server.js';

/** The items of this folder on a session of SDK v1. */
export function registerSessionItems(session: Session, shared: Shared): void {
  const { server } = session;
  registerPlainTools(server);
  registerAskingTools(server);
  registerWait(server, shared);
  registerChangingTools(server, shared);
  registerPrompts(server);
  registerResources(session);
}

function registerPlainTools(server: McpServer): void {
  const says = { message: z.string() };
  server.registerTool(
    names.echo,
    { description: 'Says it again', inputSchema: says },
    ({ message }) => text(`echo: ${message}`),
  );
  const terms = { a: z.number(), b: z.number() };
  server.registerTool(
    names.sum,
    { description: 'Adds', inputSchema: terms, outputSchema: { sum: z.number() } },
    ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }),
  );
  server.registerTool(names.steps, { description: 'Works in three steps' }, async (extra) => {
    const progressToken = extra._meta?.progressToken;
    for (const progress of [1, 2, 3]) {
      const message = { level: 'info' as const, data: `step ${progress}` };
      await extra.sendNotification({ method: 'notifications/message', params: message });
      if (progressToken === undefined) continue;
      const params = { progressToken, progress, total: 3 };
      await extra.sendNotification({ method: 'notifications/progress', params });
    }
    return text('done');
  });
}

/** A tool that works until it is told to stop. */
function registerWait(server: McpServer, shared: Shared): void {
  server.registerTool(names.wait, { description: 'Waits to be cancelled' }, async ({ signal }) => {
    shared.running.add(signal);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return text('cancelled');
  });
}

function registerAskingTools(server: McpServer): void {
  for (const name of [names.ask, names.insist]) {
    const inputSchema = { flight: z.string() };
    const description = 'Books a seat that it asks for';
    server.registerTool(name, { description, inputSchema }, async ({ flight }, extra) => {
      const params = {
        mode: 'form' as const,
        message: question(flight),
        requestedSchema: seatForm,
      };
      const request = { method: 'elicitation/create' as const, params };
      return text(booked(await extra.sendRequest(request, ElicitResultSchema)));
    });
  }
  const asking = (message: string) => ({
    method: 'elicitation/create' as const,
    params: { mode: 'form' as const, message, requestedSchema: seatForm },
  });
  const meal = { description: 'Asks for two meals' };
  server.registerTool(names.twice, meal, async (extra) => {
    const chosen: string[] = [];
    for (const one of meals) {
      chosen.push(booked(await extra.sendRequest(asking(one), ElicitResultSchema)));
    }
    return text(chosen.join(', '));
  });
  server.registerTool(names.atOnce, meal, async (extra) => {
    const answers = meals.map((one) => extra.sendRequest(asking(one), ElicitResultSchema));
    return text((await Promise.all(answers)).map(booked).join(', '));
  });
  server.registerTool(names.link, { description: 'Has a link opened' }, async (extra) => {
    const params = { mode: 'url' as const, elicitationId: 'one', ...link };
    const request = { method: 'elicitation/create' as const, params };
    return text((await extra.sendRequest(request, ElicitResultSchema)).action);
  });
  server.registerTool(
    names.think,
    { description: 'Has the client think', inputSchema: { prompt: z.string() } },
    async ({ prompt }, extra) => {
      const request = { method: 'sampling/createMessage' as const, params: sampling(prompt) };
      const { content } = await extra.sendRequest(request, CreateMessageResultSchema);
      return text(`thought: ${JSON.stringify(content)}`);
    },
  );
  server.registerTool(names.look, { description: 'Looks at the roots' }, async (extra) => {
    const { roots } = await extra.sendRequest({ method: 'roots/list' }, ListRootsResultSchema);
    return text(roots.map(({ uri }) => uri).join(' '));
  });
}

function registerChangingTools(server: McpServer, shared: Shared): void {
  const addTool = (to: McpServer, name: string): void => {
    to.registerTool(name, { description: cameLater }, () => text(name));
  };
  for (const name of shared.grown) addTool(server, name);
  server.registerTool(names.grow, { description: 'Adds a tool' }, () => {
    const name = `grown-${shared.grown.length + 1}`;
    shared.grown.push(name);
    for (const session of shared.sessions) addTool(session.server, name);
    return text(name);
  });
  server.registerTool(
    names.touch,
    { description: 'Tells that a resource has changed', inputSchema: { uri: z.string() } },
    async ({ uri }) => {
      const told = [...shared.sessions].filter(({ subscribed }) => subscribed.has(uri));
      await Promise.all(told.map((one) => one.server.server.sendResourceUpdated({ uri })));
      return text('touched');
    },
  );
}

function registerPrompts(server: McpServer): void {
  const argsSchema = { name: completable(z.string(), completePeople) };
  server.registerPrompt(names.prompt, { description: 'Greets', argsSchema }, ({ name }) =>
    greeting(name),
  );
  const asked = { description: 'Asks whom to greet' };
  server.registerPrompt(names.asking, asked, async (extra) => {
    const params = { mode: 'form' as const, message: question('it'), requestedSchema: seatForm };
    const request = { method: 'elicitation/create' as const, params };
    return greeting(booked(await extra.sendRequest(request, ElicitResultSchema)));
  });
}

function registerResources({ server, subscribed }: Session): void {
  const plain = { mimeType: 'text/plain', description: 'A note' };
  server.registerResource('asked', names.askingResource, plain, async (uri, extra) => {
    const params = { mode: 'form' as const, message: question('it'), requestedSchema: seatForm };
    const request = { method: 'elicitation/create' as const, params };
    return note(`${uri.href} ${booked(await extra.sendRequest(request, ElicitResultSchema))}`);
  });
  server.registerResource('today', names.resource, plain, (uri) => note(uri.href));
  const template = new ResourceTemplate(names.template, {
    list: undefined,
    complete: { day: completeDays },
  });
  server.registerResource('day', template, plain, (uri) => note(uri.href));
  server.server.registerCapabilities({ resources: { subscribe: true } });
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
}
