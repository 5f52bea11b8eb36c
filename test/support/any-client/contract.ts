import type { Client } from '@modelcontextprotocol/sdk/client/index.js';

export interface Message {
  readonly method: string;
  readonly params?: Record<string, unknown> | undefined;
}

/** What the clients of both SDK lines have alike. */
export type Methods = Pick<
  Client,
  | 'listTools'
  | 'callTool'
  | 'listPrompts'
  | 'getPrompt'
  | 'listResources'
  | 'listResourceTemplates'
  | 'readResource'
  | 'complete'
  | 'setLoggingLevel'
  | 'subscribeResource'
  | 'unsubscribeResource'
  | 'getServerCapabilities'
  | 'close'
>;

export interface AnyClient {
  readonly client: Methods;
  /** The revision it has agreed upon with the server. */
  readonly revision: () => string;
  /** What servers asked, in order. */
  readonly asked: Message[];
  /** Log messages, updates of resources and changes of the list of tools, in order. */
  readonly heard: Message[];
  /** Calls a tool and answers its result beside the progress it told of. */
  withProgress(
    name: string,
    args: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<[unknown, unknown[]]>;
  /** Calls a tool until the signal. */
  whileWanted(name: string, signal: AbortSignal): Promise<unknown>;
  /** Calls a tool whose log messages of level `info` it wants, in the way of its era. */
  withLog(name: string, args: Record<string, unknown>): Promise<unknown>;
  /** Hears of changes of the list of tools and of these resources, until the answer is called. */
  watch(uris: readonly string[]): Promise<() => Promise<void>>;
}

export type Answers = Readonly<Record<string, unknown>>;
export type Connect = (url: string, answers: Answers, token?: string) => Promise<AnyClient>;

export const capabilities = {
  sampling: {},
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};

export const info = { name: 'e2e', version: '1' };

export const transportOptions = (token: string | undefined) => {
  const headers = new Headers(token === undefined ? [] : [['authorization', `Bearer ${token}`]]);
  return { requestInit: { headers } };
};

/** Keeps what a client is asked and hears. */
export function recorder(answers: Answers) {
  const asked: Message[] = [];
  const heard: Message[] = [];
  const answer = ({ method, params }: Message): Promise<never> => {
    asked.push({ method, params });
    return Promise.resolve(answers[method] as never);
  };
  const hear = ({ method, params }: Message): void => void heard.push({ method, params });
  return { asked, heard, answer, hear };
}
