import { describe, expect, it } from 'vitest';
import { originFits } from '../../../../lib/http/origin.js';

const allowed = ['https://app.example.com', 'http://localhost:6274', 'HTTPS://Upper.example'];

describe('an Origin (H2)', () => {
  it.each(['https://app.example.com', 'HTTPS://App.Example.COM', 'http://localhost:6274'])(
    'allows %s, which is listed',
    (origin) => {
      expect(originFits({ origin }, allowed)).toBe(true);
    },
  );

  it('compares the listed ones without case too', () => {
    expect(originFits({ origin: 'https://upper.example' }, allowed)).toBe(true);
  });

  it.each([
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com:443',
    'https://app.example.com.evil.example',
    'https://evil.example/https://app.example.com',
    'https://xapp.example.com',
    'https://app.example.com.',
    'http://localhost',
    'http://localhost:62740',
    'null',
    '',
    '*',
  ])('refuses %j, which is not', (origin) => {
    expect(originFits({ origin }, allowed)).toBe(false);
  });

  it('allows the opaque origin where it is listed or all are', () => {
    expect(originFits({ origin: 'null' }, ['null'])).toBe(true);
    expect(originFits({ origin: 'null' }, ['*'])).toBe(true);
  });

  it.each(['https://[::1]:3000', 'http://a', 'vscode-webview://abc', 'http://10.0.0.1:1'])(
    'allows %s where all are allowed',
    (origin) => {
      expect(originFits({ origin }, ['*'])).toBe(true);
    },
  );

  it.each([
    'https://a.example/',
    'https://a.example/path',
    'https://a.example?x',
    'https://a.example#x',
    'https://user@a.example',
    'https://a.example https://b.example',
    'https://a.example, https://b.example',
    'https://',
    '//a.example',
    'a.example',
    'https://a.example:',
    'https://a.example:123456',
    'https://a.example\n',
    'https://a\u0000.example',
    'NULL',
    '*',
    '',
  ])('refuses %j, which is malformed, even where all are allowed or it is listed', (origin) => {
    expect(originFits({ origin }, ['*'])).toBe(false);
    expect(originFits({ origin }, [origin])).toBe(false);
  });
});

describe('the Origin of a request (H2)', () => {
  const good = 'https://app.example.com';
  const evil = 'https://evil.example';

  it('holds for a request without Origin, which no browser page sent', () => {
    expect(originFits({ host: 'a' }, [])).toBe(true);
    expect(originFits({ origin: [] }, [])).toBe(true);
  });

  it.each([
    [{ origin: good }, true],
    [{ ORIGIN: good }, true],
    [{ origin: `${good} ` }, true],
    [{ origin: [good] }, true],
    [{ origin: evil }, false],
    [{ Origin: evil }, false],
    [{ origin: '' }, false],
    [{ origin: [good, evil] }, false],
    [{ origin: [good, good] }, false],
    [{ origin: good, Origin: good }, false],
    [{ origin: good, Origin: evil }, false],
  ])('of %j: %s', (headers, expected) => {
    expect(originFits(headers, allowed)).toBe(expected);
  });
});
