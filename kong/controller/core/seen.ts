import { isMembers } from './members.js';
import type { Members } from './resources.js';
import type { SeenEndpoint, SeenServer } from './snapshot.js';

/** Names taken over from one list at most, and bytes of a text. */
const [mostNames, mostText] = [64, 512];

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, mostText) : undefined;
const listOf = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter(isMembers) : [];

/**
 * What pages `/status` of the plugin servers say of configurations that have a label, by label; and by
 * the part of it before `@`, that of the newest that runs.
 */
export function seenEndpoints(pages: readonly unknown[]): ReadonlyMap<string, SeenEndpoint> {
  const groups = new Map<string, Members[]>();
  const add = (key: string, endpoint: Members) =>
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  for (const page of pages) {
    for (const endpoint of endpointsOf(page)) {
      const label = text(endpoint['label']);
      if (label === undefined || endpoint['superseded'] === true) continue;
      add(label, endpoint);
      const gateway = label.split('@')[0] ?? '';
      if (gateway !== label) add(gateway, endpoint);
    }
  }
  return new Map(
    [...groups].map(([key, endpoints]) => [
      key,
      { asked: pages.length, running: endpoints.length, servers: serversOf(endpoints) },
    ]),
  );
}

function endpointsOf(page: unknown): readonly Members[] {
  const plugins = isMembers(page) ? page['plugins'] : undefined;
  const own = isMembers(plugins) ? plugins['mcp-aggregate'] : undefined;
  return isMembers(own) ? listOf(own['endpoints']) : [];
}

function serversOf(endpoints: readonly Members[]): readonly SeenServer[] {
  const byName = new Map<string, SeenServer[]>();
  for (const given of endpoints.flatMap((endpoint) => listOf(endpoint['servers']))) {
    const server = readServer(given);
    if (server === undefined) continue;
    byName.set(server.name, [...(byName.get(server.name) ?? []), server]);
  }
  return [...byName.values()].map(together).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of several plugin servers: it works where it works for one. */
function together(all: readonly SeenServer[]): SeenServer {
  const first = all.find(({ working }) => working) ?? all[0]!;
  const lastError = all.map((one) => one.lastError).find((one) => one !== undefined);
  const some = <K extends 'tools' | 'said'>(key: K) => {
    const value = first[key] ?? all.map((one) => one[key]).find((one) => one !== undefined);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    ...first,
    eras: {
      legacy: all.some(({ eras }) => eras.legacy),
      modern: all.some(({ eras }) => eras.modern),
    },
    ...some('tools'),
    ...some('said'),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/** Undefined where the plugin server does not know yet how the server does. */
function readServer(given: Members): SeenServer | undefined {
  const name = text(given['name']);
  if (name === undefined) return undefined;
  const list = isMembers(given['tools']) ? given['tools'] : undefined;
  const said = isMembers(given['said']) ? given['said'] : {};
  const eras = isMembers(given['eras']) ? given['eras'] : {};
  const listed = list !== undefined && typeof list['age_seconds'] === 'number';
  const down = given['state'] === 'failing' || (given['circuit'] ?? 'closed') !== 'closed';
  const lastError = text(given['last_error']) ?? text(list?.['last_error']);
  const known = listed || down || lastError !== undefined || given['lists_per_caller'] === true;
  if (!known) return undefined;
  return {
    name,
    working: !down && (listed || given['lists_per_caller'] === true) && lastError === undefined,
    ...(lastError === undefined ? {} : { lastError }),
    ...(listed ? { tools: toolsOf(list) } : {}),
    said: saidOf(said),
    eras: { legacy: eras['legacy'] === true, modern: eras['modern'] === true },
  };
}

function toolsOf(list: Members): NonNullable<SeenServer['tools']> {
  const names = Array.isArray(list['names']) ? (list['names'] as readonly unknown[]) : [];
  return {
    count: Number(list['count'] ?? 0),
    names: names.slice(0, mostNames).flatMap((name) => text(name) ?? []),
    digest: text(list['digest']) ?? '',
  };
}

function saidOf(said: Members): NonNullable<SeenServer['said']> {
  const [name, version, revision] = ['name', 'version', 'revision'].map((key) => text(said[key]));
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(revision === undefined ? {} : { revision }),
  };
}
