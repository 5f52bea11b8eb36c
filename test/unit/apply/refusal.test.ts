import { describe, expect, it } from 'vitest';
import { refusalText } from '../../../kong/apply/refusal.js';

const refused = (fields: unknown) => ({ message: 'declarative config is invalid', fields });

describe('what Kong says is wrong', () => {
  it('is a line for each place, of both forms of lists', () => {
    const fields = {
      services: [null, { routes: { 1: { paths: 'expected an array' } } }],
      '@entity': ['at least one of these fields must be non-empty'],
    };
    expect(refusalText(refused(fields), {})).toBe(
      'services[2].routes[1].paths: expected an array; [1]: at least one of these fields must be non-empty',
    );
  });

  it('is the message where no field is named', () => {
    expect(refusalText({ message: 'expected a declarative configuration' }, {})).toBe(
      'expected a declarative configuration',
    );
    expect(refusalText(undefined, {})).toBe('no reason given');
  });

  it('holds no value of a header and no secret of the document, nor what a terminal obeys', () => {
    const document = {
      config: {
        client_secret: 'hush-hush',
        servers: [{ url: 'http://a', headers: { 'X-Team': 'Bearer abcdef' } }],
      },
    };
    const text = refusalText(
      refused({ a: 'bad: hush-hush, Bearer abcdef, http://a\u001b[2J' }),
      document,
    );
    expect(text).toBe('a: bad: …, …, http://a\\u{1b}[2J');
  });

  it('is cut off', () => {
    const fields = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, 'wrong']));
    expect(refusalText(refused(fields), {})).toMatch(/; … 30 more$/);
  });
});
