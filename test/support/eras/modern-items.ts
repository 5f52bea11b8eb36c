import {
  ResourceTemplate,
  acceptedContent,
  completable,
  inputRequired,
  inputResponse,
} from '@modelcontextprotocol/server';
import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
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

/** What the requests, sessions and connections of one server have in common. */
export interface ModernState {
  /** Names of tools that `grow` has added. */
  readonly grown: string[];
  /** A signal for each call of `wait`. */
  readonly running: Set<AbortSignal>;
  /** Tells everybody that there is another tool. */
  toolAdded(name: string): void;
  resourceUpdated(uri: string): void;
}

/** The items of this folder on SDK v2's server, for both eras but `insist`, which is for sessions. */
export function registerModernItems(server: McpServer, state: ModernState): void {
  registerPlainTools(server);
  registerAskingTools(server);
  registerAskingFurther(server);
  registerWait(server, state);
  registerChangingTools(server, state);
  registerPrompts(server);
  const plain = { mimeType: 'text/plain', description: 'A note' };
  server.registerResource('asked', names.askingResource, plain, (uri, context) => {
    const answer = answerTo('seat', context);
    return answer === undefined ? askForSeat('it') : note(`${uri.href} ${booked(answer)}`);
  });
  server.registerResource('today', names.resource, plain, (uri) => note(uri.href));
  const template = new ResourceTemplate(names.template, {
    list: undefined,
    complete: { day: completeDays },
  });
  server.registerResource('day', template, plain, (uri) => note(uri.href));
}

function registerPlainTools(server: McpServer): void {
  const says = z.object({ message: z.string() });
  server.registerTool(
    names.echo,
    { description: 'Says it again', inputSchema: says },
    ({ message }) => text(`echo: ${message}`),
  );
  const terms = z.object({ a: z.number(), b: z.number() });
  const outputSchema = z.object({ sum: z.number() });
  server.registerTool(
    names.sum,
    { description: 'Adds', inputSchema: terms, outputSchema },
    ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }),
  );
  server.registerTool(
    names.steps,
    { description: 'Works in three steps' },
    async ({ mcpReq }: ServerContext) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [1, 2, 3]) {
        await mcpReq.log('info', `step ${progress}`);
        if (progressToken === undefined) continue;
        const params = { progressToken, progress, total: 3 };
        await mcpReq.notify({ method: 'notifications/progress', params });
      }
      return text('done');
    },
  );
}

/** What the client has answered under this key, and in which way. */
function answerTo(key: string, { mcpReq }: ServerContext) {
  const content = acceptedContent<{ seat: string }>(mcpReq.inputResponses, key);
  if (content !== undefined) return { action: 'accept', content };
  const view = inputResponse(mcpReq.inputResponses, key);
  return view.kind === 'elicit' ? { action: view.action } : undefined;
}

const askForSeat = (flight: string) =>
  inputRequired({
    inputRequests: {
      seat: inputRequired.elicit({ message: question(flight), requestedSchema: seatForm }),
    },
    requestState: `seat on ${flight}`,
  });

function registerAskingTools(server: McpServer): void {
  const inputSchema = z.object({ flight: z.string() });
  const description = 'Books a seat that it asks for';
  server.registerTool(names.ask, { description, inputSchema }, ({ flight }, context) => {
    const answer = answerTo('seat', context);
    return answer === undefined ? askForSeat(flight) : text(booked(answer));
  });
  server.registerTool(names.insist, { description, inputSchema }, async ({ flight }, context) => {
    const form = { mode: 'form' as const, message: question(flight), requestedSchema: seatForm };
    return text(booked(await context.mcpReq.elicitInput(form)));
  });
  server.registerTool(
    names.think,
    { description: 'Has the client think', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, { mcpReq }) => {
      const view = inputResponse(mcpReq.inputResponses, 'thought');
      if (view.kind === 'sampling') return text(`thought: ${JSON.stringify(view.result.content)}`);
      const thought = inputRequired.createMessage(sampling(prompt));
      return inputRequired({ inputRequests: { thought } });
    },
  );
  const look = { description: 'Looks at the roots' };
  server.registerTool(names.look, look, ({ mcpReq }: ServerContext) => {
    const view = inputResponse(mcpReq.inputResponses, 'roots');
    if (view.kind === 'roots') return text(view.roots.map(({ uri }) => uri).join(' '));
    return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } });
  });
}

/** Tools that ask more than once, more than one thing, or for a link to be opened. */
function registerAskingFurther(server: McpServer): void {
  const elicit = (message: string) => inputRequired.elicit({ message, requestedSchema: seatForm });
  const meal = { description: 'Asks for two meals' };
  server.registerTool(names.twice, meal, (context: ServerContext) => {
    const before = context.mcpReq.requestState<string>();
    const now = answerTo('meal', context);
    if (before === undefined || now === undefined) {
      return inputRequired({ inputRequests: { meal: elicit(meals[0]) }, requestState: 'first' });
    }
    if (before === 'first') {
      const requestState = booked(now);
      return inputRequired({ inputRequests: { meal: elicit(meals[1]) }, requestState });
    }
    return text(`${before}, ${booked(now)}`);
  });
  server.registerTool(names.atOnce, meal, (context: ServerContext) => {
    const answers = meals.map((one) => answerTo(one, context));
    if (answers.every((answer) => answer !== undefined)) {
      return text(answers.map((answer) => booked(answer)).join(', '));
    }
    const inputRequests = Object.fromEntries(meals.map((one) => [one, elicit(one)]));
    return inputRequired({ inputRequests });
  });
  server.registerTool(
    names.link,
    { description: 'Has a link opened' },
    (context: ServerContext) => {
      const view = inputResponse(context.mcpReq.inputResponses, 'pay');
      if (view.kind === 'elicit') return text(view.action);
      return inputRequired({ inputRequests: { pay: inputRequired.elicitUrl(link) } });
    },
  );
}

/** A tool that works until it is told to stop. */
function registerWait(server: McpServer, state: ModernState): void {
  const wait = { description: 'Waits to be cancelled' };
  server.registerTool(names.wait, wait, async ({ mcpReq }: ServerContext) => {
    state.running.add(mcpReq.signal);
    await new Promise<void>((done) => mcpReq.signal.addEventListener('abort', () => done()));
    return text('cancelled');
  });
}

function registerChangingTools(server: McpServer, state: ModernState): void {
  for (const name of state.grown) registerGrown(server, name);
  server.registerTool(names.grow, { description: 'Adds a tool' }, () => {
    const name = `grown-${state.grown.length + 1}`;
    state.grown.push(name);
    state.toolAdded(name);
    return text(name);
  });
  server.registerTool(
    names.touch,
    {
      description: 'Tells that a resource has changed',
      inputSchema: z.object({ uri: z.string() }),
    },
    ({ uri }) => {
      state.resourceUpdated(uri);
      return text('touched');
    },
  );
}

/** A tool as `grow` adds it. */
export function registerGrown(server: McpServer, name: string): void {
  server.registerTool(name, { description: cameLater }, () => text(name));
}

function registerPrompts(server: McpServer): void {
  const argsSchema = z.object({ name: completable(z.string(), completePeople) });
  server.registerPrompt(names.prompt, { description: 'Greets', argsSchema }, ({ name }) =>
    greeting(name),
  );
  const asked = { description: 'Asks whom to greet' };
  server.registerPrompt(names.asking, asked, (context: ServerContext) => {
    const answer = answerTo('seat', context);
    return answer === undefined ? askForSeat('it') : greeting(booked(answer));
  });
}
