import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { itemOperations } from '../../../lib/policy/operation.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { uriFilter } from '../../../plugins/mcp-aggregate/core/items/name-filter.js';
import { urlParsers } from '../../support/url-parsers/ask.js';
import type { Resolved } from '../../support/url-parsers/ask.js';
import { spelling } from '../../support/url-parsers/spellings.js';

const names = [
  'file:///srv/secret/*',
  'file:///srv/key.pem',
  'https://wiki.example/secret/*',
  'vault://wiki.example/secret/*',
  'vault:///secret/*',
];
const claim = { claim: 'sub', equals: 'eve' };
const rules = {
  scope: readPolicy({ scope_rules: [{ names, scopes: ['secret'] }] }),
  deny: readPolicy({ claim_rules: [{ ...claim, effect: 'deny', names }] }),
  allow: readPolicy({ claim_rules: [{ claim: 'sub', equals: 'bob', effect: 'allow', names }] }),
  mapped: readPolicy({
    scope_rules: [{ names: names.map((name) => `mcp+docs+${name}`), scopes: ['secret'] }],
  }),
};
const subject = { claims: { sub: 'eve' }, granted: new Set<string>() };
const filter = uriFilter({ allow: [], deny: names });
const open = uriFilter({
  allow: ['file:///srv/public/*', 'https://wiki.example/public/*', 'vault://wiki.example/public/*'],
  deny: [],
});

/** The rules that let a URI pass. */
function passing(uri: string): string[] {
  const passes = Object.entries(rules).filter(([kind, { policy }]) => {
    const name = kind === 'mapped' ? `mcp+docs+${uri}` : uri;
    return policy.rule(itemOperations('resource', name), subject).kind === 'allowed';
  });
  const shown = [...(filter(uri) ? ['filter'] : []), ...(open(uri) ? ['open'] : [])];
  return [...passes.map(([kind]) => kind), ...shown];
}

function isProtected([scheme, written, port, path]: Resolved): boolean {
  const host = written.toLowerCase().replace(/(?<=.)\.$/, '');
  const isSecret = path.startsWith('/secret/');
  switch (scheme.toLowerCase()) {
    case 'file':
      return path.startsWith('/srv/secret/') || path === '/srv/key.pem';
    case 'https':
      return host === 'wiki.example' && [0, 443].includes(port) && isSecret;
    case 'vault':
      return ['', 'wiki.example'].includes(host) && port === 0 && isSecret;
    default:
      return false;
  }
}

const runs = Number(process.env['URI_RUNS'] ?? 20_000);

describe.each(urlParsers)('whatever $name takes for a protected resource', (parser) => {
  const uris = [...new Set(fc.sample(spelling, { numRuns: runs, seed: 20_261_129 }))];
  let resolved: readonly (readonly Resolved[])[];
  beforeAll(() => {
    if (parser.missing === undefined) resolved = parser.resolve(uris);
  }, 120_000);

  const title = 'no spelling of it is a way around a rule';
  it.skipIf(parser.missing !== undefined)(
    parser.missing === undefined ? title : `${title} (skipped: ${parser.missing})`,
    () => {
      expect(resolved).toHaveLength(uris.length);
      const meant = uris.filter((_, at) => resolved[at]!.some(isProtected));
      const escaped = meant.flatMap((uri) => {
        const ways = passing(uri);
        return ways.length > 0 ? [{ uri, ways }] : [];
      });
      expect(escaped.slice(0, 20)).toEqual([]);
      // The spellings are drawn at random: that many are meant is what gives this test its worth.
      expect(meant.length).toBeGreaterThan(runs / 50);
    },
    120_000,
  );
});
