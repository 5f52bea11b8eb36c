import { describe, expect, it, vi } from 'vitest';
import { itemOperations } from '../../../lib/policy/operation.js';
import { judge } from '../../../lib/policy/policy.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { readUri } from '../../../lib/policy/uri/read-uri.js';
import { uriFilter } from '../../../plugins/mcp-aggregate/core/items/name-filter.js';
import { aboutOf, isAbout, mayHearOf } from '../../../plugins/mcp-aggregate/core/uris/updates.js';
import { cpuOf } from '../../support/adversarial/cpu.js';

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

const dearestHonest = async (costOf: CostOf) => {
  const costs = [];
  for (const uri of Object.values(honest)) costs.push(await costOf(uri));
  return Math.max(...costs);
};

type CostOf = (uri: string, enough?: number) => Promise<number>;

/** Those that cost more than `worst` times the dearest honest one, with what they cost by it. */
async function dearest(costOf: CostOf): Promise<[name: string, ratio: number][]> {
  let usual = await dearestHonest(costOf);
  const found: [string, number][] = [];
  for (const [name, uri] of Object.entries(hostile)) {
    let least = await costOf(uri, worst * usual);
    // Looks again at both, for a machine that does other things now than it did before.
    for (let look = 0; look < 3 && least > worst * usual; look++) {
      usual = await dearestHonest(costOf);
      least = await costOf(uri, worst * usual);
    }
    if (least > worst * usual) found.push([name, least / usual]);
  }
  return found;
}

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
  it('to be read', async () => {
    const costOf: CostOf = (uri, enough) => cpuOf(() => void readUri(uri), enough);
    expect(await dearest(costOf)).toEqual([]);
  });

  it('to be decided on by a hundred patterns', async () => {
    let turn = 0;
    const costOf: CostOf = (uri, enough) =>
      // Another each time: what was decided before is remembered.
      cpuOf(() => {
        const name = `mcp+docs+${uri}${String(turn++)}`;
        judge(rules.policy.match(itemOperations('resource', name)), subject);
      }, enough);
    expect(await dearest(costOf)).toEqual([]);
  });

  it('to be filtered', async () => {
    const shows = uriFilter({ allow: ['file:///*', 'http*'], deny: ['file:///srv/secret/*'] });
    let turn = 0;
    const costOf: CostOf = (uri, enough) =>
      cpuOf(() => void shows(`${uri}${String(turn++)}`), enough);
    expect(await dearest(costOf)).toEqual([]);
  });
});

describe('a URI is read once', () => {
  it('for all rules of a request: fifty cost little more than one', async () => {
    const one = readPolicy({ scope_rules: [{ names: ['mcp+docs+file:///x/*'], scopes: ['s'] }] });
    let turn = 0;
    const costOf = (policy: typeof rules.policy) =>
      cpuOf(() => {
        const name = `mcp+docs+${hostile['noUtf8']!}${String(turn++)}`;
        policy.match(itemOperations('resource', name));
      });
    expect((await costOf(rules.policy)) / (await costOf(one.policy))).toBeLessThan(4);
  });

  it('for all subscriptions that may be about it, and for all sessions that hear of it', async () => {
    const subscribed = Array.from({ length: 256 }, (_, n) => aboutOf(`${hostile['noUtf8']!}${n}`));
    const access = { policy: rules.policy, expandScopes: rules.expand, hidesUnauthorized: false };
    const updated = `mcp+docs+${hostile['noUtf8']!}x`;
    const first = await cpuOf(() => void readUri(updated));
    const all = await cpuOf(() => {
      const about = aboutOf(updated);
      subscribed.some((one) => isAbout(one, about));
    });
    // Two readings at most; by each of the subscriptions it would be hundreds.
    expect(all / first).toBeLessThan(2);
    const heard = await cpuOf(() => {
      for (let session = 0; session < 20; session++) {
        mayHearOf(updated, { config: { access }, subject });
      }
    });
    expect(heard / first).toBeLessThan(20);
  });
});
