import { describe, expect, it, vi } from 'vitest';
import { itemOperations } from '../../../lib/policy/operation.js';
import { judge } from '../../../lib/policy/policy.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { readUri } from '../../../lib/policy/uri/read-uri.js';
import { uriFilter } from '../../../plugins/mcp-aggregate/core/items/name-filter.js';
import { aboutOf, isAbout, mayHearOf } from '../../../plugins/mcp-aggregate/core/uris/updates.js';

/** CPU is counted, not time: others on the machine may make it long. */
vi.setConfig({ testTimeout: 120_000 });

/** What a message may hold as a URI, in bytes. */
const size = 4_000;
const worst = 5;

const filled = (start: string, piece: string, end = ''): string => {
  const room = size - Buffer.byteLength(start + end);
  return start + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + end;
};

const honest: Readonly<Record<string, string>> = {
  plain: filled('file:///srv/', 'projects/readme-'),
  spaces: filled('file:///srv/', 'my%20projects/readme-'),
  escapedWords: filled('file:///srv/', '%C3%BCber/'),
  words: filled('file:///srv/', 'über/'),
  query: filled('https://wiki.example/find?q=', 'a%20b&c=', '#part'),
};

const hostile: Readonly<Record<string, string>> = {
  noUtf8: filled('file:///srv/', '%e9/'),
  noUtf8AtAll: filled('file:///srv/', '%e9'),
  percents: filled('file:///srv/', '%'),
  escapedPercents: filled('file:///srv/', '%25'),
  nested: filled('file:///srv/', '%2525'),
  nestedLetters: filled('file:///srv/', '%2541'),
  upAndDown: filled('file:///srv', '/a/..'),
  dots: filled('file:///srv', '/.'),
  fewDots: filled(`file:///srv${'/a/..'.repeat(30)}/`, 'a/'),
  dotsInLongNames: filled(`file:///srv${'/a/..'.repeat(30)}/`, 'projects/readme-', '/..'),
  dotsInOneName: filled(`file:///srv${'/a/..'.repeat(30)}/`, 'a'),
  escapedDots: filled('file:///srv', '/%2e'),
  slashes: filled('file:///srv/', '/'),
  slashesInBetween: filled('file:///srv/', '/', 'x/'),
  escapedSlashes: filled('file:///srv/', '%2f'),
  parameters: filled('file:///srv/', ';/'),
  stars: filled('file:///srv/', '*'),
  marks: filled('file:///srv/', '\u0301\u0316'),
  marksApart: filled('file:///srv/', 'a\u0301\u0316\u0301'),
  unseen: filled('file:///srv/', '\u200b'),
  growing: filled('file:///srv/', 'ΐ'),
  host: filled('http://', 'ü', '/'),
  hostLabels: filled('http://', 'ü.', '/'),
  hostInHan: `http://${Array.from({ length: 60 }, (_, n) => String.fromCodePoint(0x4e00 + n * 37)).join('')}/`,
  hostOfNumbers: filled('http://', '1.', '/'),
  ports: filled('other://', ':1'),
  users: filled('other://', '@'),
  leads: filled('', 'mcp+a+', 'x'),
  questions: filled('web://h/', '?'),
  fragments: filled('web://h/a;b%2541?', '#'),
  everything: filled('other://nas/srv/', 'a%2520;b/', '?x#y'),
};

/** Milliseconds of this process's own CPU for one of many runs; the least of several tries. */
function cost(act: () => unknown, runs: number): number {
  act();
  let least = Infinity;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    for (let run = 0; run < runs; run++) act();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000 / runs);
  }
  return least;
}

/** The dearest of them by the dearest honest one. */
function ratios(costOf: (uri: string) => number): Record<string, number> {
  const usual = Math.max(...Object.values(honest).map(costOf));
  const entries = Object.entries(hostile).map(([name, uri]) => [name, costOf(uri) / usual]);
  return Object.fromEntries(entries) as Record<string, number>;
}

const dearest = (found: Record<string, number>) =>
  Object.entries(found).filter(([, ratio]) => ratio > worst);

const rules = readPolicy({
  scope_rules: [{ names: ['mcp+docs+file:///srv/secret/*'], scopes: ['s'] }],
  claim_rules: [
    ...Array.from({ length: 50 }, (_, n) => ({
      claim: 'sub',
      equals: 'eve',
      effect: 'deny' as const,
      names: [`mcp+docs+file:///srv/${n}/*`, `*secret${n}*`],
    })),
  ],
});
const subject = { claims: { sub: 'eve' }, granted: new Set<string>() };

describe('whatever URI of its size somebody sends, it costs no more than five times an honest one', () => {
  it('to be read', () => {
    expect(dearest(ratios((uri) => cost(() => readUri(uri), 8)))).toEqual([]);
  });

  it('to be decided on by a hundred patterns', () => {
    let turn = 0;
    const costOf = (uri: string) =>
      // Another each time: what was decided before is remembered.
      cost(() => {
        const name = `mcp+docs+${uri}${String(turn++)}`;
        return judge(rules.policy.match(itemOperations('resource', name)), subject);
      }, 8);
    expect(dearest(ratios(costOf))).toEqual([]);
  });

  it('to be filtered', () => {
    const shows = uriFilter({ allow: ['file:///*', 'http*'], deny: ['file:///srv/secret/*'] });
    let turn = 0;
    const costOf = (uri: string) => cost(() => shows(`${uri}${String(turn++)}`), 8);
    expect(dearest(ratios(costOf))).toEqual([]);
  });
});

describe('a URI is read once', () => {
  it('for all rules of a request: fifty cost little more than one', () => {
    const one = readPolicy({ scope_rules: [{ names: ['mcp+docs+file:///x/*'], scopes: ['s'] }] });
    let turn = 0;
    const costOf = (policy: typeof rules.policy) =>
      cost(
        () =>
          policy.match(
            itemOperations('resource', `mcp+docs+${hostile['noUtf8']!}${String(turn++)}`),
          ),
        40,
      );
    expect(costOf(rules.policy) / costOf(one.policy)).toBeLessThan(4);
  });

  it('for all subscriptions that may be about it, and for all sessions that hear of it', () => {
    const subscribed = Array.from({ length: 256 }, (_, n) => aboutOf(`${hostile['noUtf8']!}${n}`));
    const access = { policy: rules.policy, expandScopes: rules.expand, hidesUnauthorized: false };
    const updated = `mcp+docs+${hostile['noUtf8']!}x`;
    const first = cost(() => readUri(updated), 8);
    const all = cost(() => {
      const about = aboutOf(updated);
      return subscribed.some((one) => isAbout(one, about));
    }, 8);
    // Two readings at most; by each of the subscriptions it would be hundreds.
    expect(all / first).toBeLessThan(2);
    const heard = cost(() => {
      for (let session = 0; session < 20; session++) {
        mayHearOf(updated, { config: { access }, subject });
      }
    }, 10);
    expect(heard / first).toBeLessThan(20);
  });
});
