import { kongConfig, rpc } from './harness.js';
import type { Harness, KongConfig, Sent } from './harness.js';

/** Shows all tools, by search. */
export const view = { name: 'v', path: '/v', tools: ['*'], discovery: true };
/** An endpoint with one view, whose tools are searched for. */
export const searched = (servers: readonly { readonly name: string }[], more: object = {}) =>
  kongConfig(servers, { views: [{ ...view, ...more }] });
/** Where that view is. */
export const at = { path: '/v' };
export const search = (args: unknown): Sent => ({
  ...at,
  json: rpc('tools/call', { name: 'search_tools', arguments: args }, 1),
});
/** A call by way of `call_tool`. */
export const through = (args: unknown): Sent => ({
  ...at,
  json: rpc('tools/call', { name: 'call_tool', arguments: args }, 1),
});

export interface Message {
  readonly result?: { readonly content?: readonly { readonly text: string }[] };
  readonly error?: { readonly code: number; readonly message: string };
}

export async function ask(harness: Harness, request: Sent, config: KongConfig): Promise<Message> {
  return (await (await harness.send(request, config)).json()) as Message;
}

export interface Found {
  readonly tools: readonly Readonly<Record<string, unknown>>[];
  readonly more?: number;
  readonly hint?: string;
  readonly unavailable?: readonly object[];
}

/** What a search answers, read. */
export async function find(harness: Harness, args: unknown, config: KongConfig): Promise<Found> {
  const { result } = await ask(harness, search(args), config);
  return JSON.parse(result!.content![0]!.text) as Found;
}
