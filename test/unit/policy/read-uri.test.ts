import { describe, expect, it } from 'vitest';
import { readUri } from '../../../lib/policy/uri/read-uri.js';
import { unescapeUri } from '../../../lib/policy/uri/unescape.js';

const usual = (uri: string) => {
  const reading = readUri(uri);
  return 'unclear' in reading ? reading.unclear : reading.loose[0];
};

describe('the one form by which rules compare URIs', () => {
  it.each([
    ['FILE:///srv/Secret/x', 'file:///srv/secret/x'],
    ['file://localhost/srv/x', 'file:///srv/x'],
    ['file:/srv/x', 'file:///srv/x'],
    ['file:////srv//x', 'file:///srv/x'],
    ['/srv/x', 'file:///srv/x'],
    ['file:///srv/a/../x', 'file:///srv/x'],
    ['file:///srv/%73%2Fx', 'file:///srv/s/x'],
    ['https://Wiki.example:443/x', 'https://wiki.example/x'],
    ['https://wiki.example:0443//x', 'https://wiki.example/x'],
    ['https://wiki.example.', 'https://wiki.example/'],
    ['https:///wiki.example/x', 'https://wiki.example/x'],
    ['https://ｗｉｋｉ。example/x', 'https://wiki.example/x'],
    ['http://0x7f.1:80/x', 'http://127.0.0.1/x'],
    ['ticket:///open//1', 'ticket://open/1'],
    ['ticket://me@open/1', 'ticket://open/1'],
    ['mcp+Files+FILE:/srv//x', 'mcp+files+file:///srv/x'],
    ['ui://mcp+Docs/App//v', 'ui://mcp+docs/app/v'],
    ['x-y://u\u0308ber\u200b', 'x-y://xn--ber-goa'],
    ['urn:isbn:1', 'urn://isbn:1'],
  ])('of %s is %s', (uri, form) => {
    expect(usual(uri)).toBe(form);
  });

  it('is one more for each way in which readers differ, and few', () => {
    expect(readUri('file://nas/a;b/c%2520d?q#f')).toEqual({
      unclear: 'it can be read in too many ways',
    });
    expect(readUri('https://h/a?q#f')).toMatchObject({
      loose: ['https://h/a?q#f', 'https://h/a?q', 'https://h/a'],
    });
  });
});

describe('a URI on which readers would differ', () => {
  it.each([
    ['file:///srv/public\\..\\secret\\x', 'a backslash'],
    ['file:///srv\\secret', 'a backslash'],
    ['file:///srv%5csecret', 'a backslash'],
    ['file:///srv/%255csecret', 'a backslash'],
    ['https:\\\\wiki.example\\x', 'a backslash'],
    ['https://eve@wiki.example/x', 'a user before its host'],
    ['file://eve@/srv/x', 'a user before its host'],
    ['file:///srv/%00x', 'a control character'],
    ['file:///srv/\u009bx', 'a control character'],
    ['file:///srv/%252525', 'escapes within escapes within escapes'],
    ['file:///srv/%c0%af', 'no UTF-8'],
    ['file:///srv/%u002e', 'no UTF-8'],
    ['file:///a/%2e%2e/b', 'escaped dot segments'],
    ['file:///a/..%2fb', 'escaped dot segments'],
    ['file:///a/b%2fc/../d', 'escaped slashes'],
    ['file:///a//../b', 'doubled slashes'],
    ['file:///a?/../b', 'dot segments in its query'],
    ['file:///../a', 'above its root'],
    [`file:///${'a/'.repeat(200)}../b`, 'among too many others'],
    ['file://c:/a', 'a drive'],
    ['file:srv/x', 'no slash'],
    ['https://wiki.example%2fx/', 'an escaped delimiter'],
    ['https://wi ki/', 'a host that is none'],
    ['vault://:1x/a', 'a host that is none'],
    [`file:///a${'\u0301'.repeat(40)}`, 'too many marks'],
  ])('%j is unclear: %s', (uri, why) => {
    expect(readUri(uri)).toEqual({ unclear: expect.stringContaining(why) as string });
  });

  it.each([
    'file:///srv/100%',
    'file:///C:/Data/My%20Files/x.txt',
    'file://nas/share/x',
    'file:///srv/caf%e9',
    'https://h/search?q=a%20b%2Fc&next=https://x/y#part',
    'web://fetch/https%3A%2F%2Fh%2Fa%2520b%3Fq',
    'postgres://user@db:5432/shop/orders/schema',
    'git://repo/blob/a..b/.github/...',
    'note://会议：计划/第一章？',
    'ticket://{id}/notes{?page,size}',
    'db://{host}:{port}/x',
    'mailto:a@b.example',
    'urn:uuid:1',
    'https://[::1]:8080/x',
    'memo://x/a?re=\\d+',
  ])('%s is not', (uri) => {
    expect(readUri(uri)).not.toHaveProperty('unclear');
  });
});

describe('undoing escapes', () => {
  it.each([
    ['%41%c3%a9%F0%9F%98%80é', 'Aé😀é'],
    ['%e9/%E9%e9a', '%e9/%e9%e9a'],
    ['%ed%a0%80%c1%81%f5', '%ed%a0%80%c1%81%f5'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz%2', '%zz%2'],
    ['%2541', '%41'],
  ])('of %s leaves %s', (text, undone) => {
    expect(unescapeUri(text)).toBe(undone);
  });
});
