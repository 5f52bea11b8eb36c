import type { Envelope, ParamsEnvelope } from '../json/types.js';
import { AskedUri } from './uri/asked-uri.js';
import { methods } from '../protocol/methods.js';

/** What one message asks for, as rules see it. */
export interface Operation {
  /** Empty where there is none: a client's response, or a request without a body. */
  readonly method: string;
  /** The tool, prompt or resource it is about, as the client names it. */
  readonly name: string | undefined;
  /** Where the name is a URI: how readers may take it. */
  readonly uri?: AskedUri;
}

/** What a list holds, one by one. */
export type ItemKind = 'tool' | 'prompt' | 'resource' | 'template';

/** A request that names no message: GET, DELETE. */
export const bodiless: readonly Operation[] = [{ method: '', name: undefined }];

const useOf: Readonly<Record<ItemKind, string>> = {
  tool: methods.callTool,
  prompt: methods.getPrompt,
  resource: methods.readResource,
  template: methods.readResource,
};

/** Methods that are about one item, and which kind it is. */
const itemOf: ReadonlyMap<string, ItemKind | 'ref'> = new Map([
  [methods.callTool, 'tool'],
  [methods.getPrompt, 'prompt'],
  [methods.readResource, 'resource'],
  [methods.subscribe, 'resource'],
  [methods.unsubscribe, 'resource'],
  [methods.complete, 'ref'],
] as const);

/** Methods whose operations have a name; for a rule with names, no other is of use. */
export const namedMethods: readonly string[] = [...itemOf.keys()];

/** Using an item of a list: what decides whether the list shows it. */
export function itemOperations(kind: ItemKind, name: string): readonly Operation[] {
  return [named(kind, useOf[kind], name)];
}

/** Hearing of a resource's changes takes what reading it takes. */
export function subscribeOperations(uri: string): readonly Operation[] {
  const asked = new AskedUri(uri);
  return [methods.subscribe, useOf.resource].map((method) => ({
    method,
    name: uri,
    uri: asked,
  }));
}

/**
 * All that a message asks for; each must be allowed. Whatever is about an item needs what using it
 * needs: completing the arguments of a prompt shows as much as the prompt.
 */
export function operationsOf(message: Envelope): readonly Operation[] {
  if (message.kind === 'response') return bodiless;
  const { method, params } = message;
  const item = params === undefined ? undefined : itemIn(method, params);
  if (item === undefined) return [{ method, name: undefined }];
  const use = named(item.kind, useOf[item.kind], item.name);
  return method === use.method ? [use] : [{ ...use, method }, use];
}

/** Whether an operation is about an item that a list could hide. */
export function isAboutItem(operations: readonly Operation[]): boolean {
  return operations.some(({ name }) => name !== undefined);
}

function itemIn(
  method: string,
  params: ParamsEnvelope,
): { readonly kind: ItemKind; readonly name: string } | undefined {
  const kind = itemOf.get(method);
  if (kind === undefined) return undefined;
  if (kind === 'ref') return params.ref && { kind: params.ref.kind, name: params.ref.text };
  const text = (kind === 'resource' ? params.uri : params.name)?.text;
  return text === undefined ? undefined : { kind, name: text };
}

function named(kind: ItemKind, method: string, name: string): Operation {
  if (kind === 'tool' || kind === 'prompt') return { method, name };
  return { method, name, uri: new AskedUri(name) };
}
