import { answers } from '../answers.js';
import type { Side } from '../side.js';
import { modernRpc } from './modern-rpc.js';
import type { ModernOptions } from './modern-rpc.js';

type Result = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown> & { message?: string }>;
}

/** A request that a server may ask back in. */
export interface Askable {
  readonly method?: 'tools/call' | 'prompts/get';
  readonly name: string;
}

export interface Round {
  readonly side: Side;
  readonly request: Askable;
  /** What the client says now. */
  readonly more?: Result;
  readonly options?: ModernOptions;
}

/** One request, and what comes of it. */
export async function round({ side, request, more, options }: Round) {
  const { method = 'tools/call', name } = request;
  const args = method === 'tools/call' ? { arguments: {} } : {};
  const params = { name: side.name(name), ...args, ...more };
  const { status, message } = await modernRpc(side.url, method, params, options);
  const { id, result = {}, error } = message ?? {};
  const requests = (result['inputRequests'] ?? {}) as Readonly<Record<string, Asked>>;
  return { status, id, result, requests, error };
}

/** The answer to each of these questions, by its key. */
export function answersTo(requests: Readonly<Record<string, Asked>>): Record<string, unknown> {
  const entries = Object.entries(requests);
  return Object.fromEntries(entries.map(([key, { method }]) => [key, answers[method]]));
}

/** What to come back with. */
export function comeback(result: Result, inputResponses: object): Result {
  const { requestState } = result;
  return { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
}

export interface Story {
  /** What was asked, by method and then in order: keys are the server's or the gateway's. */
  readonly asked: readonly Asked[];
  /** `resultType` of each round. */
  readonly types: readonly unknown[];
  readonly result: Result;
}

const most = 6;

/** Answers whatever is asked until the request is. */
export async function story(side: Side, request: Askable, first: Result = {}): Promise<Story> {
  const asked: Asked[] = [];
  const types: unknown[] = [];
  let more = first;
  for (let n = 0; n < most; n += 1) {
    const { result, requests, error } = await round({ side, request, more });
    if (error) throw new Error(JSON.stringify(error));
    types.push(result['resultType']);
    // A question without parameters may have an empty object for them.
    asked.push(...Object.values(requests).map(({ method, params = {} }) => ({ method, params })));
    if (result['resultType'] !== 'input_required') return { asked: sorted(asked), types, result };
    more = comeback(result, answersTo(requests));
  }
  throw new Error(`${request.name} asks for ever`);
}

function sorted(asked: readonly Asked[]): Asked[] {
  return [...asked].sort((one, other) => one.method.localeCompare(other.method));
}
