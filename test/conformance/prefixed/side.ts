import { connectFirst, connectNextAs } from '../../support/any-client.js';
import type { AnyClient, Answers, Connect } from '../../support/any-client.js';
import type { FixtureServer } from '../fixture/fixture-server.js';
import type { Rig } from '../rig.js';
import { eraOf } from '../runs.js';
import type { Era, Revision, Run } from '../runs.js';

/** Name of the fixture behind the gateway; its prefix and the form of its URIs are the defaults. */
export const fixtureName = 'suite';
const prefix = `${fixtureName}__`;
const uriPrefix = `mcp+${fixtureName}+`;
const label = `[${fixtureName}] `;

/** Where the fixture is met: by way of the gateway, behind its prefix, or directly. */
export interface Side extends AnyClient {
  readonly url: string;
  readonly fixture: FixtureServer;
  /** The era of the fixture, which need not be the client's. */
  readonly era: Era;
  /** The name here of a tool or prompt of the fixture. */
  name(own: string): string;
  /** The URI here of a resource of the fixture. */
  uri(own: string): string;
  /** Whether an item with this name or URI is the fixture's. */
  owns(nameOrUri: string): boolean;
}

const connectOf: Readonly<Record<Revision, Connect>> = {
  '2025-11-25': connectFirst,
  '2026-07-28': connectNextAs({ pin: '2026-07-28' }),
};

export async function throughGateway(rig: Rig, run: Run, answers: Answers): Promise<Side> {
  const { revision, server: era } = run;
  const url = rig.at(era, 'prefixed');
  return {
    ...(await connectOf[revision](url, answers)),
    ...{ url, era, fixture: rig.fixtures[era] },
    name: (own) => prefix + own,
    uri: (own) => uriPrefix + own,
    owns: (text) => text.startsWith(prefix) || text.startsWith(uriPrefix),
  };
}

/** The same client at the fixture that serves its own era: the items of both are the same. */
export async function atFixture(rig: Rig, revision: Revision, answers: Answers): Promise<Side> {
  const era = eraOf[revision];
  const fixture = rig.fixtures[era];
  const { url } = fixture;
  const same = (own: string) => own;
  const client = await connectOf[revision](url, answers);
  return { ...client, url, era, fixture, name: same, uri: same, owns: () => true };
}

/**
 * What differs by design between the two sides: names that the gateway gives, the server that
 * says who it is, and tokens, which are renamed from one connection to the other as ids are.
 */
const ownOfSide = ['kong-plugin-mcp/server', 'io.modelcontextprotocol/serverInfo', 'progressToken'];

/** What the gateway is meant to change of what the fixture says and asks, undone or left out. */
export function asFixture(seen: unknown): unknown {
  let text = JSON.stringify(seen) ?? 'null';
  for (const added of [prefix, uriPrefix, label]) text = text.replaceAll(added, '');
  // How often the items that change have changed is each fixture's own.
  text = text.replaceAll(/Changed \d+ times/g, 'Changed');
  return JSON.parse(text, (key, value: unknown) => {
    if (ownOfSide.includes(key)) return undefined;
    return key === '_meta' && JSON.stringify(value) === '{}' ? undefined : value;
  });
}
