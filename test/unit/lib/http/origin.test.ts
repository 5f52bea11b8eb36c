import { describe, expect, it } from 'vitest';
import { originAllowed } from '../../../../lib/http/origin.js';

const allowed = ['https://app.example.com', 'http://localhost:6274', 'HTTPS://Upper.example'];

describe('originAllowed (H2)', () => {
  it('allows a request without Origin, which no browser page sent', () => {
    expect(originAllowed(undefined, [])).toBe(true);
  });

  it.each(['https://app.example.com', 'HTTPS://App.Example.COM', 'http://localhost:6274'])(
    'allows %s, which is listed',
    (origin) => {
      expect(originAllowed(origin, allowed)).toBe(true);
    },
  );

  it('compares the listed ones without case too', () => {
    expect(originAllowed('https://upper.example', allowed)).toBe(true);
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
    expect(originAllowed(origin, allowed)).toBe(false);
  });

  it('allows the opaque origin where it is listed or all are', () => {
    expect(originAllowed('null', ['null'])).toBe(true);
    expect(originAllowed('null', ['*'])).toBe(true);
  });

  it.each(['https://[::1]:3000', 'http://a', 'vscode-webview://abc', 'http://10.0.0.1:1'])(
    'allows %s where all are allowed',
    (origin) => {
      expect(originAllowed(origin, ['*'])).toBe(true);
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
    expect(originAllowed(origin, ['*'])).toBe(false);
    expect(originAllowed(origin, [origin])).toBe(false);
  });
});
