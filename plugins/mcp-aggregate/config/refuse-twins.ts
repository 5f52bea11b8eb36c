import { ConfigError } from '../../../lib/errors/errors.js';

/** What tells a server from the others of its endpoint. */
interface Named {
  readonly name: string;
  readonly prefix: string;
  readonly plainUris: boolean;
}

/**
 * Refuses servers of an endpoint that clients could not tell apart (design D10): names that are equal
 * in a URI, equal prefixes, and two servers with plain URIs. A prefix that begins another's is refused
 * unless the operator allows it: one server could then list names that read as the other's.
 * @param mayOverlap whether one prefix may begin another
 * @throws ConfigError for `servers`
 */
export function refuseTwins(servers: readonly Named[], mayOverlap: boolean): void {
  refuseNamesakes(servers);
  refusePrefixes(servers, mayOverlap);
  const plain = servers.filter(({ plainUris }) => plainUris);
  if (plain.length > 1) {
    const both = plain.map(({ name }) => name).join(' and ');
    throw new ConfigError('servers', `only one may have uri_mapping none, not ${both}`);
  }
}

function refuseNamesakes(servers: readonly Named[]): void {
  const names = new Map<string, string>();
  for (const { name } of servers) {
    const namesake = names.get(name.toLowerCase());
    if (namesake === name) throw new ConfigError('servers', `two are named ${name}`);
    if (namesake !== undefined) {
      throw new ConfigError('servers', `the names ${namesake} and ${name} differ only in case`);
    }
    names.set(name.toLowerCase(), name);
  }
}

function refusePrefixes(servers: readonly Named[], mayOverlap: boolean): void {
  // In this order a prefix comes right before the first that it begins.
  const sorted = [...servers].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  for (const [index, longer] of sorted.entries()) {
    const shorter = sorted[index - 1];
    if (shorter === undefined || !longer.prefix.startsWith(shorter.prefix)) continue;
    if (shorter.prefix === longer.prefix) {
      const both = `${shorter.name} and ${longer.name}`;
      throw new ConfigError('servers', `${both} have the same prefix`);
    }
    if (mayOverlap) continue;
    const first = shorter.prefix === '' ? 'no prefix' : `the prefix ${shorter.prefix}`;
    throw new ConfigError(
      'servers',
      `${shorter.name} has ${first}, so that it could list names of ${longer.name}, whose prefix is ` +
        `${longer.prefix}: change one, or set allow_overlapping_prefixes, by which such names are ${longer.name}’s`,
    );
  }
}
