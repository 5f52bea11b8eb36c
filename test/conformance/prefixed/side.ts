import { connectFirst } from '../../support/any-client.js';
import type { AnyClient, Answers } from '../../support/any-client.js';

/** Name of the fixture behind the gateway; its prefix and the form of its URIs are the defaults. */
export const fixtureName = 'suite';
const prefix = `${fixtureName}__`;
const uriPrefix = `mcp+${fixtureName}+`;
const label = `[${fixtureName}] `;

/** Where the fixture is met: by way of the gateway, behind its prefix, or directly. */
export interface Side extends AnyClient {
  readonly url: string;
  /** The name here of a tool or prompt of the fixture. */
  name(own: string): string;
  /** The URI here of a resource of the fixture. */
  uri(own: string): string;
  /** Whether an item with this name or URI is the fixture's. */
  owns(nameOrUri: string): boolean;
}

export async function throughGateway(url: string, answers: Answers): Promise<Side> {
  return {
    ...(await connectFirst(url, answers)),
    url,
    name: (own) => prefix + own,
    uri: (own) => uriPrefix + own,
    owns: (text) => text.startsWith(prefix) || text.startsWith(uriPrefix),
  };
}

export async function atFixture(url: string, answers: Answers): Promise<Side> {
  const same = (own: string) => own;
  return { ...(await connectFirst(url, answers)), url, name: same, uri: same, owns: () => true };
}

/** What the gateway is meant to change of what the fixture says and asks, undone or left out. */
export function asFixture(seen: unknown): unknown {
  let text = JSON.stringify(seen) ?? 'null';
  for (const added of [prefix, uriPrefix, label]) text = text.replaceAll(added, '');
  return JSON.parse(text, (key, value: unknown) => {
    // Tokens are renamed from one connection to the other, as ids are.
    if (key === 'kong-plugin-mcp/server' || key === 'progressToken') return undefined;
    return key === '_meta' && JSON.stringify(value) === '{}' ? undefined : value;
  });
}
