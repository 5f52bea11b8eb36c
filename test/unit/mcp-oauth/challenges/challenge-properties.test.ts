import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedString } from '../../../../lib/http/quoted-string.js';
import { challengeHeader } from '../../../../lib/http/challenge.js';
import type { ChallengeError } from '../../../../lib/http/challenge.js';
import {
  maxTokenBytes,
  offeredToken,
} from '../../../../plugins/mcp-oauth/core/token/offered-token.js';
import { parseChallenge } from '../../../support/hostile/parse-challenge.js';

const ascii = fc.string({ unit: 'grapheme-ascii' });
const anything = fc.string({ unit: 'binary' });
const errors: readonly ChallengeError[] = [
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
];
const scopeToken = fc.stringMatching(/^[!#-[\]-~]{1,12}$/);

const challenges = (text: fc.Arbitrary<string>, scope: fc.Arbitrary<string>) =>
  fc.record(
    {
      error: fc.constantFrom(...errors),
      description: text,
      resourceMetadata: text,
      scopes: fc.array(scope, { maxLength: 5 }),
    },
    { requiredKeys: ['resourceMetadata', 'scopes'] },
  );

describe('a challenge, read by a strict parser', () => {
  it('says what it was made of', () => {
    fc.assert(
      fc.property(challenges(ascii, scopeToken), (challenge) => {
        const { scheme, parameters } = parseChallenge(challengeHeader(challenge));
        const { error, description, resourceMetadata, scopes } = challenge;
        expect(scheme).toBe('Bearer');
        expect(Object.fromEntries(parameters)).toEqual({
          ...(error === undefined ? {} : { error }),
          ...(description === undefined ? {} : { error_description: description }),
          resource_metadata: resourceMetadata,
          ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
        });
      }),
    );
  });

  it('is one challenge with these parameters and one line, whatever the values are', () => {
    fc.assert(
      fc.property(challenges(anything, anything), (challenge) => {
        const header = challengeHeader(challenge);
        const { parameters } = parseChallenge(header);
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        const names = ['error', 'error_description', 'resource_metadata', 'scope'];
        expect(names).toEqual(expect.arrayContaining([...parameters.keys()]));
      }),
    );
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a',
    'Bearer a=',
    'Bearer a="b',
    'Bearer a="b"c',
    'Bearer a="b" c="d"',
    'Bearer a="b", ',
    'Bearer a="b", Basic',
    'Bearer a="b", A="c"',
    'Bearer a="b\\"',
    'Bearer a="b\nc"',
    'Bearer a="\u00e4"',
    'Bearer a=b c',
    '"Bearer" a=b',
  ])('(which does not take %j for one)', (header) => {
    expect(() => parseChallenge(header)).toThrow();
  });
});

describe('a quoted string', () => {
  it('gives printable ASCII back, and never ends early', () => {
    fc.assert(
      fc.property(ascii, ascii, (first, second) => {
        const header = `X a=${quotedString(first)}, b=${quotedString(second)}`;
        expect([...parseChallenge(header).parameters.values()]).toEqual([first, second]);
      }),
    );
  });
});

describe('the Authorization header', () => {
  const b64token = fc.stringMatching(/^[A-Za-z0-9\-._~+/]{1,40}={0,2}$/);
  const bearer = fc.mixedCase(fc.constant('bearer'));
  const spaces = fc.stringMatching(/^ {1,5}$/);

  it('gives the token that follows the scheme, in whatever case', () => {
    fc.assert(
      fc.property(b64token, bearer, spaces, (token, scheme, space) => {
        const headers = { authorization: `${scheme}${space}${token}` };
        expect(offeredToken(headers, '')).toEqual({ kind: 'token', scheme: 'Bearer', token });
      }),
    );
  });

  const grammar = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
  const blank = fc.string({
    unit: fc.constantFrom(' ', '\t', '\u00a0', '\ufeff', '\n'),
    maxLength: 2,
  });
  const close = fc.oneof(
    anything,
    fc.tuple(bearer, anything).map((parts) => parts.join('')),
    fc.tuple(bearer, spaces, anything).map((parts) => parts.join('')),
    fc.tuple(bearer, spaces, b64token, anything).map((parts) => parts.join('')),
    fc.tuple(blank, bearer, spaces, b64token, blank).map((parts) => parts.join('')),
  );

  it('gives nothing else, and never throws', () => {
    fc.assert(
      fc.property(close, (authorization) => {
        const offered = offeredToken({ authorization }, '');
        const token = grammar.exec(authorization.replace(/^[ \t]+|[ \t]+$/g, ''))?.[1];
        if (token === undefined) expect(offered.kind).not.toBe('token');
        else expect(offered).toEqual({ kind: 'token', scheme: 'Bearer', token });
      }),
      { numRuns: 1000 },
    );
  });

  it('may come once, under whatever spelling of its name', () => {
    const name = fc.mixedCase(fc.constant('authorization'));
    const lines = fc.uniqueArray(fc.tuple(name, fc.oneof(b64token, fc.array(anything))), {
      selector: ([spelling]) => spelling,
      maxLength: 4,
    });
    fc.assert(
      fc.property(lines, (entries) => {
        const count = entries.flatMap(([, value]) => value).length;
        const offered = offeredToken(Object.fromEntries(entries), '');
        if (count > 1) expect(offered.kind).toBe('malformed');
        if (count === 0) expect(offered.kind).toBe('none');
      }),
    );
  });

  it('bounds the token', () => {
    const of = (length: number) =>
      offeredToken({ authorization: `Bearer ${'a'.repeat(length)}` }, '').kind;
    expect([of(maxTokenBytes), of(maxTokenBytes + 1)]).toEqual(['token', 'malformed']);
  });
});

describe('the query', () => {
  it('is refused with a member access_token, however it is written', () => {
    const escaped = fc
      .array(fc.boolean(), { minLength: 12, maxLength: 12 })
      .map((which) => [...'access_token'].map((letter, at) => (which[at] ? hex(letter) : letter)))
      .map((letters) => letters.join(''));
    const other = fc.stringMatching(/^[a-z]{1,5}=[a-z]{0,5}$/);
    fc.assert(
      fc.property(fc.array(other), escaped, fc.array(other), (before, name, after) => {
        const query = [...before, `${name}=x`, ...after].join('&');
        expect(offeredToken({ authorization: 'Bearer good' }, query).kind).toBe('malformed');
        const without = [...before, ...after].join('&');
        expect(offeredToken({ authorization: 'Bearer good' }, without).kind).toBe('token');
      }),
    );
  });
});

function hex(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}
