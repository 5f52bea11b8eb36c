import type { Expected, WireCase, WireRequest } from './case.js';

const queries: readonly (readonly [string, Expected])[] = [
  ...['access_token=T', 'x=1&access_token=T', 'access_token=T&x=1', 'access_token'].map(
    (query) => [query, 'malformed'] as const,
  ),
  ...['access%5ftoken=T', '%61ccess_token=T', 'access_toke%6E=T', '&access_token=T'].map(
    (query) => [query, 'malformed'] as const,
  ),
  ...[
    'access_token=T&access_token=T',
    'access_token=Bearer%20T',
    'access_token=',
    '?access_token=T',
  ].map((query) => [query, 'malformed'] as const),
  ...['ACCESS_TOKEN=T', 'Access_Token=T', 'access-token=T', 'accesstoken=T', 'token=T'].map(
    (query) => [query, 'no_token'] as const,
  ),
  ...['access_token[]=T', 'a;access_token=T', 'bearer_token=T', 'jwt=T', 'id_token=T'].map(
    (query) => [query, 'no_token'] as const,
  ),
  ...['authorization=Bearer%20T', 'Authorization=T', 'access_token%3DT'].map(
    (query) => [query, 'no_token'] as const,
  ),
  ...['access_token%00=T', '%20access_token=T', 'a=access_token=T'].map(
    (query) => [query, 'no_token'] as const,
  ),
];

const inQuery: readonly WireCase[] = queries.flatMap(([query, expected]) =>
  ['POST', 'GET'].map((method) => ({
    what: `${method} ?${query}`,
    request: (good: string) => ({ method, target: `/a?${query.replaceAll('T', good)}` }),
    expected,
    loggedByKong: true as const,
  })),
);

const besideHeader: readonly WireCase[] = [
  ...['access_token=T', '%61ccess_token=T', 'x=1&access_token='].map((query) => ({
    what: `?${query} beside the header`,
    request: (good: string) => ({
      target: `/a?${query.replaceAll('T', 'x')}`,
      lines: [`Authorization: Bearer ${good}`],
    }),
    expected: 'malformed' as const,
  })),
];

const form = 'Content-Type: application/x-www-form-urlencoded';
const json = 'Content-Type: application/json';
const call = { jsonrpc: '2.0', id: 1, method: 'ping' };

const inBody: readonly WireCase[] = [
  ['access_token in a form', form, (good: string) => `access_token=${good}`],
  [
    'access_token in a form with a call',
    form,
    (good: string) => `x=${JSON.stringify(call)}&access_token=${good}`,
  ],
  ['access_token in JSON', json, (good: string) => JSON.stringify({ ...call, access_token: good })],
  [
    'a token in _meta',
    json,
    (good: string) =>
      JSON.stringify({ ...call, params: { _meta: { authorization: `Bearer ${good}` } } }),
  ],
  ['a token as the body', 'Content-Type: application/jwt', (good: string) => good],
].map(([what, type, body]) => ({
  what: what as string,
  request: (good: string) => ({
    lines: [type as string],
    body: (body as (good: string) => string)(good),
  }),
  expected: 'no_token' as const,
}));

const methods: readonly (readonly [string, Expected])[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map((name) => [name, 'no_token'] as const),
  ...['PROPFIND', 'SEARCH', 'REPORT'].map((name) => [name, [400, 401, 405]] as const),
  ...['TRACE', 'CONNECT', 'MCP', 'get', 'post', 'POST\t', 'Options'].map(
    // 0: closed without a word, as Node does with CONNECT.
    (name) => [name, [0, 400, 401, 404, 405]] as const,
  ),
];

const byMethod: readonly WireCase[] = methods.map(([method, expected]) => ({
  what: `${JSON.stringify(method)} without a token`,
  request: () => ({ method }),
  expected,
}));

const wellKnown = '/.well-known/oauth-protected-resource';

/** Spellings by which a request might pass for one of the open address and reach the endpoint. */
const spellings: readonly string[] = [
  ...['/a/', '//a', '/./a', '/a/.', '/x/../a', '/%61', '/A', '/a;', '/a;x=1', '/a%00', '/a%20'],
  ...['/a%2f', '/a/%2e%2e/a', '/%2e/a', '/a#', '/a?', '/a??', '/a/..', '/a%23', '/\\a', '/a\\'],
  ...['/../a', '/%2e%2e/a', '/a%3f', '/a%0d%0aX-A:%20b', '/a%ff', '/a%c0%af', '/a%u002f'],
  ...[`/a/..${wellKnown}/a`, `/a${wellKnown}`, `/a${wellKnown}/a`, `/x${wellKnown}/a/../../../a`],
  `${wellKnown}/../../a`,
  `${wellKnown}/a/../../../a`,
  `${wellKnown}/%2e%2e/%2e%2e/a`,
  `${wellKnown}/%2e%2e%2f%2e%2e%2fa`,
  `${wellKnown}/..%2f..%2fa`,
  `${wellKnown}/.%2e/.%2e/a`,
  `${wellKnown}/..;/..;/a`,
  `${wellKnown}/..\\..\\a`,
  `${wellKnown}/..`,
  `${wellKnown}/../oauth-protected-resource/../../a`,
  `${wellKnown}/a/`,
  `${wellKnown}/a/b`,
  `${wellKnown}/a;x`,
  `${wellKnown}/a%2f`,
  `${wellKnown}/%61`,
  `${wellKnown}/A`,
  `${wellKnown}//a`,
  `${wellKnown}/b`,
  `${wellKnown}/`,
  wellKnown,
  `${wellKnown}x/a`,
  `${wellKnown}%2fa`,
  `${wellKnown}\\a`,
  `${wellKnown}/a%00`,
  `/${wellKnown}/a`,
  '/.well-known//oauth-protected-resource/a',
  '/.well-known/./oauth-protected-resource/a',
  '/.well-known/x/../oauth-protected-resource/a',
  '/%2ewell-known/oauth-protected-resource/a',
  '/.well-known%2foauth-protected-resource/a',
  '/.WELL-KNOWN/oauth-protected-resource/a',
  '/.well-known/OAuth-Protected-Resource/a',
  '/.well-known/oauth-authorization-server/a',
  '/.well-known/openid-configuration/a',
  '/.well-known',
  'a',
  '*',
  '',
  'http://evil.example/a',
];

// What Kong does not route here is its own 404; nothing is ever 200.
const away = [400, 401, 404] as const;

const byTarget: readonly WireCase[] = spellings.flatMap((target) =>
  ['GET', 'POST'].map((method) => ({
    what: `${method} ${target}`,
    request: (): WireRequest => ({ method, target }),
    expected: method === 'GET' ? away : [...away, 405],
  })),
);

/** Bad tokens stay bad where the address looks like the open one. */
const dressed: readonly WireCase[] = [
  `/a?x=${wellKnown}/a`,
  `/a#${wellKnown}/a`,
  `/a;${wellKnown}`,
].map((target) => ({
  what: `a bad token for ${target}`,
  request: () => ({ target, lines: ['Authorization: Bearer x.y.z'] }),
  expected: [400, 401, 404],
}));

export const targetCases: readonly WireCase[] = [
  ...inQuery,
  ...besideHeader,
  ...inBody,
  ...byMethod,
  ...byTarget,
  ...dressed,
];
