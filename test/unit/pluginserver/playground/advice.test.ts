import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pageModule } from '../../../support/browser/page-module.js';
import { projectFile } from '../../../support/project.js';

interface Advice {
  readonly title: string;
  readonly lines: readonly string[];
  readonly offers: readonly string[];
}
type AdviceOn = (
  error: { code: string; facts?: object; message?: string },
  origin: string,
) => Advice;

const { adviceOn } = await pageModule<{ adviceOn: AdviceOn }>('playground/advice.mjs');
const { pictureOf } = await pageModule<{
  pictureOf: (type: unknown, data: unknown) => string | undefined;
}>('playground/result.mjs');

const origin = 'https://ops.example';

describe('advice', () => {
  it('knows every trouble that the page has', () => {
    const folder = projectFile('kong/pluginserver/console/playground');
    const sources = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
    const found = sources.flatMap((text) =>
      [...text.matchAll(/new Trouble\('(\w+)'/g)].map(([, code]) => code!),
    );
    expect(new Set(found).size).toBeGreaterThan(15);
    for (const code of found) {
      const facts = { named: [], error: {}, status: 500, issuer: 'https://i', url: 'https://u' };
      expect(adviceOn({ code, facts }, origin).title, code).not.toBe('Something went wrong');
    }
    expect(adviceOn({ code: 'constructor', message: 'm' }, origin).lines).toEqual(['m']);
  });

  it.each<[number, object, RegExp, string[]]>([
    [401, { hadToken: false }, /wants a login/, ['login']],
    [401, { hadToken: true, challenge: { error: 'invalid_token' } }, /invalid_token/, ['login']],
    [401, { hadToken: true, proof: true }, /DPoP/, []],
    [403, { challenge: { error: 'insufficient_scope', scope: 'a b' } }, /Needed: a b/, ['login']],
    [403, { error: { code: -31_009, message: 'denied' } }, /denied[^]*https:\/\/ops.example/, []],
    [404, { hadSession: true }, /session has ended/, ['again']],
    [429, { retryAfter: '7' }, /in 7 s/, ['again']],
    [503, {}, /again later/, ['again']],
    [500, { body: 'oops' }, /answers 500[^]*oops/, []],
  ])('of %i with %j', (status, facts, words, offers) => {
    const {
      title,
      lines,
      offers: offered,
    } = adviceOn({ code: 'refused', facts: { status, ...facts } }, origin);
    expect([title, ...lines].join('\n')).toMatch(words);
    expect(offered).toEqual(offers);
  });
});

describe('a picture', () => {
  it('is pixels alone', () => {
    expect(pictureOf('image/png', 'aGk=')).toBe('data:image/png;base64,aGk=');
    for (const [type, data] of [
      ['image/svg+xml', 'aGk='],
      ['text/html', 'aGk='],
      ['image/png;x', 'aGk='],
      ['IMAGE/PNG', 'aGk='],
      ['image/png', 'aGk=,<script>'],
      ['image/png', ''],
      ['image/png', 7],
      ['image/png', undefined],
      [['image/png'], 'aGk='],
      ['image/png', 'a'.repeat(12_000_001)],
    ]) {
      expect(pictureOf(type, data), String(type)).toBeUndefined();
    }
  });
});
