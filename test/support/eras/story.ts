import { names } from './items.js';

/** What a client does after its opening, with the names under which it finds things. */
export interface Story {
  readonly url: string;
  readonly echo: string;
  readonly sum: string;
  readonly ask: string;
  readonly prompt: string;
  readonly resource: string;
}

/** What a client saw of it. */
export interface Told {
  /** The revision it has agreed upon. */
  readonly revision: string;
  /** Those of the tools above that are listed, in the order of the list. */
  readonly listed: readonly string[];
  readonly echo: string;
  readonly sum: unknown;
  /** What the tool that asks for a seat has said. */
  readonly seat: string;
  /** The question as the client was asked it. */
  readonly asked: string;
  readonly prompt: string;
  readonly note: string;
}

/** The story at a server itself, or at an endpoint that shows it under its name. */
export function storyAt(url: string, server?: string): Story {
  const prefix = server === undefined ? '' : `${server}__`;
  const scheme = server === undefined ? '' : `mcp+${server}+`;
  return {
    url,
    echo: prefix + names.echo,
    sum: prefix + names.sum,
    ask: prefix + names.ask,
    prompt: prefix + names.prompt,
    resource: scheme + names.resource,
  };
}

/** What every client has to see, whatever lies between it and the server. */
export function expectedOf(story: Story, revision: string, server?: string): Told {
  return {
    revision,
    listed: [story.echo, story.sum, story.ask],
    echo: 'echo: hello',
    sum: { sum: 5 },
    seat: 'seat 12A',
    asked: `${server === undefined ? '' : `[${server}] `}Which seat on KP 1?`,
    prompt: 'Greet Ann',
    note: `noted at ${names.resource}`,
  };
}

/** Tells each story in turn. */
export type Teller = (stories: readonly Story[]) => Promise<readonly Told[]>;
