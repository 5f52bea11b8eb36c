import { describe, expect, it } from 'vitest';
import { Headers } from '../../../kong/standin/headers.js';
import type { Route } from '../../../kong/standin/model.js';
import { escapePath, normalizePath, Router } from '../../../kong/standin/router.js';

const route = (name: string, members: Partial<Route>): Route => ({
  id: name,
  name,
  service: undefined,
  paths: null,
  methods: null,
  hosts: null,
  headers: null,
  regex_priority: 0,
  strip_path: true,
  preserve_host: false,
  ...members,
});

describe('a path is normalised as Kong does', () => {
  it.each([
    ['/', '/'],
    ['/a//b///c', '/a/b/c'],
    ['/a/./b/../c', '/a/c'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a/', '/a/'],
    ['/%61/%2f%3F', '/a/%2F%3F'],
    ['/%2e%2e/x', '/x'],
    ['/%c3%a9', '/%C3%A9'],
    ['/a%20b', '/a b'],
  ])('%s is %s', (given, expected) => {
    expect(normalizePath(given)).toBe(expected);
  });

  it('and escaped again on the way out', () => {
    expect(escapePath(normalizePath('/a%20b/%C3%A9/%2F'))).toBe('/a%20b/%C3%A9/%2F');
  });
});

describe('of several routes that match', () => {
  const matched = (
    routes: Route[],
    path: string,
    method = 'GET',
    host = 'h',
    headers: readonly string[] = [],
  ): string | null =>
    new Router(routes).match(method, host, path, new Headers(headers))?.route.name ?? null;
  const short = route('short', { paths: ['/a'] });
  const long = route('long', { paths: ['/a/b'] });
  const regex = route('regex', { paths: ['~/a/.$'] });
  const early = route('early', { paths: ['~/a/b'], regex_priority: 5 });
  const posts = route('posts', { paths: ['/'], methods: ['POST'] });
  const headed = route('headed', { paths: ['/'], headers: { 'x-one': ['a', 'b'] } });
  const hosted = route('hosted', { paths: ['/'], hosts: ['h.example'] });

  it('the longer prefix comes first', () => {
    expect(matched([short, long], '/a/b/c')).toBe('long');
  });
  it('a regex comes before a prefix, and begins where the path begins', () => {
    expect(matched([long, regex], '/a/b')).toBe('regex');
    expect(matched([regex], '/x/a/b')).toBeNull();
  });
  it('the regex of higher priority comes first', () => {
    expect(matched([regex, early], '/a/b')).toBe('early');
  });
  it('one with more kinds of rules comes first', () => {
    expect(matched([long, posts], '/a/b', 'POST')).toBe('posts');
    expect(matched([long, hosted], '/a/b', 'GET', 'h.example')).toBe('hosted');
    expect(matched([long, posts, hosted], '/a/b')).toBe('long');
    expect(matched([long, headed], '/a/b', 'GET', 'h', ['X-One', 'b'])).toBe('headed');
  });
  it('headers are compared in any case, all names with one of their values each', () => {
    const with_ = (...headers: string[]) => matched([headed], '/', 'GET', 'h', headers);
    expect(with_('X-One', 'A')).toBe('headed');
    expect(with_('X-One', 'c', 'x-one', 'B')).toBe('headed');
    expect(with_('X-One', 'c')).toBeNull();
    expect(with_()).toBeNull();
  });
});
