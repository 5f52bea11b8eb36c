import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KongHeaders, KongPort } from '../../lib/kong/kong-port.js';

/** A request as Kong would describe it; all parts have defaults. */
export interface FakeRequest {
  readonly method?: string;
  readonly path?: string;
  readonly rawQuery?: string;
  /** Names are lower-cased, as Kong does. */
  readonly headers?: KongHeaders;
  readonly body?: Uint8Array;
  readonly shared?: Readonly<Record<string, string>>;
  /** Answers by the call's name, in place of the usual ones. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Name of a call that Kong answers with an error. */
  readonly fails?: string;
}

export interface Exit {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One PDK call: its name and its arguments. */
export type Call = readonly [name: string, ...args: readonly unknown[]];

export interface FakeKong {
  readonly port: KongPort;
  /** Every call, in order. */
  readonly calls: Call[];
  /** Flushes used so far: calls started in one turn of the event loop share one. */
  flushes(): number;
  /** How the request was ended, if it was. */
  exit(): Exit | undefined;
  /** Calls of one name. */
  callsOf(name: string): Call[];
  /** Headers the upstream would receive, by lower-case name. */
  upstreamHeaders(): Readonly<Record<string, string | readonly string[]>>;
}

type Answer = (...args: never[]) => unknown;

/** A Kong that answers from `request` one turn after it is asked, and counts the turns. */
export function fakeKong(request: FakeRequest = {}): FakeKong {
  const calls: Call[] = [];
  const headers = new Map(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const shared = new Map<string, unknown>(Object.entries(request.shared ?? {}));
  let exit: Exit | undefined;
  let flushes = 0;
  let turn: Promise<void> | undefined;

  const answers: Readonly<Record<string, Answer>> = {
    'request.getHeaders': () => Object.fromEntries(headers),
    'request.getMethod': () => request.method ?? 'POST',
    'request.getPath': () => request.path ?? '/mcp',
    'request.getPathWithQuery': () =>
      `${request.path ?? '/mcp'}${request.rawQuery ? `?${request.rawQuery}` : ''}`,
    'request.getRawBody': () => ({ content: request.body ?? new Uint8Array() }),
    'service.request.clearHeader': (name: string) => headers.delete(name.toLowerCase()),
    'service.request.setHeader': (name: string, value: string) =>
      headers.set(name.toLowerCase(), value),
    'service.request.setHeaders': (set: Readonly<Record<string, string>>) => {
      for (const [name, value] of Object.entries(set)) headers.set(name.toLowerCase(), value);
    },
    'response.setHeader': () => undefined,
    'nginx.getVar': () => '',
    'response.exit': (status: number, body = '', set = {}) => {
      exit = { status, body: String(body), headers: set };
    },
    'ctx.shared.get': (key: string) => shared.get(key) ?? null,
    'ctx.shared.set': (key: string, value: string) => shared.set(key, value),
    'client.getConsumer': () => null,
    'client.loadConsumer': () => null,
  };

  async function call(name: string, args: readonly unknown[]): Promise<unknown> {
    calls.push([name, ...args]);
    turn ??= nextTurn().then(() => {
      flushes++;
      turn = undefined;
    });
    await turn;
    if (name === request.fails) throw new Error(`Kong refused ${name}`);
    const given = request.answers ?? {};
    if (Object.hasOwn(given, name)) return given[name];
    return answers[name]?.(...(args as never[]));
  }

  return {
    port: portOf(call),
    calls,
    flushes: () => flushes,
    exit: () => exit,
    callsOf: (name) => calls.filter(([called]) => called === name),
    upstreamHeaders: () => Object.fromEntries(headers),
  };
}

/** Property reads build the call's name, as kong-pdk's proxy does. */
function portOf(call: (name: string, args: readonly unknown[]) => unknown): KongPort {
  const at = (path: string): unknown =>
    new Proxy(() => undefined, {
      get: (_target, key) => at(path === '' ? String(key) : `${path}.${String(key)}`),
      apply: (_target, _self, args: unknown[]) => call(path, args),
    });
  return at('') as KongPort;
}
