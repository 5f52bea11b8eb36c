import type { Expected, WireCase } from './case.js';

type Row = readonly [string, (good: string) => readonly string[], Expected];

const auth = (value: (good: string) => string, expected: Expected): Row => [
  `Authorization: ${value('TOKEN').slice(0, 60)}`,
  (good) => [`Authorization: ${value(good)}`],
  expected,
];

/** The header in which a token belongs, misshaped. */
const authorization: readonly Row[] = [
  ['no Authorization at all', () => [], 'no_token'],
  auth(() => '', 'no_token'),
  auth((good) => good, 'no_token'),
  auth((good) => `=${good}`, 'no_token'),
  ...[
    'Basic',
    'DPoP',
    'Digest',
    'Negotiate',
    'Token',
    'JWT',
    'MAC',
    'Bearertoken',
    'Bear',
    'ID',
  ].map((scheme) => auth((good) => `${scheme} ${good}`, 'no_token')),
  auth((good) => `Basic ${Buffer.from(`user:${good}`).toString('base64')}`, 'no_token'),
  auth((good) => `Basic eDp5, Bearer ${good}`, 'no_token'),
  auth((good) => `"Bearer" ${good}`, 'no_token'),
  auth((good) => `Bearer:${good}`, 'no_token'),
  auth((good) => `Bearer: ${good}`, 'no_token'),
  auth((good) => `Bearer=${good}`, 'no_token'),
  auth((good) => `Bearer,${good}`, 'no_token'),
  auth((good) => `Bearer\t${good}`, 'no_token'),
  auth((good) => `Bearer\u00a0${good}`, 'no_token'),
  auth((good) => `Bearer%20${good}`, 'no_token'),
  auth((good) => `B\u00e9arer ${good}`, 'no_token'),
  auth(() => 'Bearer', 'malformed'),
  auth(() => 'Bearer =', 'malformed'),
  auth((good) => `Bearer Bearer ${good}`, 'malformed'),
  auth((good) => `Bearer ${good} ${good}`, 'malformed'),
  auth((good) => `Bearer ${good},${good}`, 'malformed'),
  auth((good) => `Bearer ${good}, Bearer ${good}`, 'malformed'),
  auth((good) => `Bearer ${good}, Basic eDp5`, 'malformed'),
  auth((good) => `Bearer ${good},`, 'malformed'),
  auth((good) => `Bearer ${good};`, 'malformed'),
  auth((good) => `Bearer "${good}"`, 'malformed'),
  auth((good) => `Bearer '${good}'`, 'malformed'),
  auth((good) => `Bearer <${good}>`, 'malformed'),
  auth((good) => `Bearer token=${good}`, 'malformed'),
  auth((good) => `Bearer access_token="${good}"`, 'malformed'),
  auth((good) => `Bearer ${good.replace('.', ' ')}`, 'malformed'),
  auth((good) => `Bearer ${good}\u00e9`, 'malformed'),
  auth((good) => `Bearer ${Buffer.from('\u{1f511}').toString('latin1')}${good}`, 'malformed'),
  auth((good) => `Bearer \u00ef\u00bb\u00bf${good}`, 'malformed'),
  auth((good) => `Bearer ${good}\u00a0`, 'malformed'),
  auth((good) => `\u00a0Bearer ${good}`, 'no_token'),
  auth((good) => `Bearer ${good}%00`, 'malformed'),
  auth((good) => `Bearer ${good}\\n`, 'malformed'),
  auth((good) => `Bearer =${good}`, 'malformed'),
  auth((good) => `Bearer ${good.replace('.', '=.')}`, 'malformed'),
  auth((good) => `Bearer \t${good}`, 'malformed'),
  // Its own limits may be met first: nginx takes 8 KiB in a line.
  auth((good) => `Bearer ${good}${'x'.repeat(9000)}`, [400, 431]),
  auth((good) => `Bearer ${'x'.repeat(20_000)}.${good}`, [400, 431]),
  auth((good) => `Bearer ${' '.repeat(9000)}${good}`, [400, 431]),
  auth(() => `Bearer ${'.'.repeat(7000)}`, 'not_a_jwt'),
  auth(() => `Bearer ${'='.repeat(7000)}`, 'malformed'),
];

const placed = (name: string, prefix = 'Bearer '): Row => [
  `a token in ${name}`,
  (good) => [`${name}: ${prefix}${good}`],
  'no_token',
];

/** Headers that some servers take a token or an identity from. */
const elsewhere: readonly Row[] = [
  ...['X-Authorization', 'X-Forwarded-Authorization', 'X-Original-Authorization'].map((name) =>
    placed(name),
  ),
  ...['Proxy-Authorization', 'Authorization_', 'HTTP_AUTHORIZATION', 'X_Authorization'].map(
    (name) => placed(name),
  ),
  ...['Authorisation', 'Authentication', 'X-Amzn-Authorization', 'Authorization2'].map((name) =>
    placed(name),
  ),
  ...['X-Access-Token', 'Access-Token', 'Access_Token', 'X-Auth-Token', 'Token', 'Id-Token'].map(
    (name) => placed(name, ''),
  ),
  placed('X-MS-Token-AAD-Access-Token', ''),
  placed('Cookie', 'access_token='),
  placed('Cookie', 'Authorization=Bearer%20'),
  placed('Sec-WebSocket-Protocol', 'bearer, '),
  placed('DPoP', ''),
  placed('Link', '</a>; access_token='),
].map(([what, lines, expected], at) => [`${what} (${at})`, lines, expected] as const);

const identities = [
  ...['X-Mcp-Handle: 1', 'X_Mcp_Handle: 1', 'X-Mcp-Subject: root', 'X-Consumer-Id: 1'],
  ...['X-Consumer-Username: root', 'X_Consumer_Username: root', 'X-Credential-Identifier: 1'],
  ...['X-Anonymous-Consumer: true', 'X-Authenticated-Userid: root', 'X-Authenticated-Scope: all'],
  ...['X-User: root', 'X_User: root', 'Remote-User: root', 'X-Forwarded-User: root'],
  ...['X-SSL-Client-Verify: SUCCESS', 'Mcp-Method: ping', 'Mcp-Session-Id: 1'],
  ...['X-HTTP-Method-Override: OPTIONS', 'X-Method-Override: OPTIONS', 'X-Original-Method: GET'],
  'X-Original-URL: /.well-known/oauth-protected-resource/a',
  'X-Rewrite-URL: /.well-known/oauth-protected-resource/a',
  'X-Forwarded-Prefix: /.well-known/oauth-protected-resource',
  'X-Forwarded-Path: /.well-known/oauth-protected-resource/a',
  'X-Forwarded-For: 127.0.0.1',
  'X-Real-IP: 127.0.0.1',
  'Forwarded: for=127.0.0.1;proto=https;host=evil.example',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 1',
  'Connection: close, Authorization',
];

const posing: readonly Row[] = identities.map((line) => [line, () => [line], 'no_token']);

const injected = ['X-Mcp-Subject: root', 'X-Consumer-Username: root'];

/** What an HTTP server should not even read. */
const broken: readonly Row[] = [
  ['a bare line feed in the token', (good) => [`Authorization: Bearer x\n${good}`], [400, 401]],
  ['a bare carriage return', (good) => [`Authorization: Bearer x\r${good}`], [400, 401]],
  ['a zero byte', (good) => [`Authorization: Bearer ${good}\0`], [400]],
  ['a folded line', (good) => ['Authorization: Bearer', ` ${good}`], [400]],
  ['a space before the colon', (good) => [`Authorization : Bearer ${good}`], [400, 401]],
  ['a space before the name', (good) => [` Authorization: Bearer ${good}`], [400, 401]],
  ['a line without colon', (good) => [`Authorization Bearer ${good}`], [400, 401]],
  ['a header ended within', () => [`Authorization: Bearer x\r\n${injected[0]}`], 'not_a_jwt'],
  ['two lines for one', () => [`Authorization: Bearer x\r\n${injected.join('\r\n')}`], 'not_a_jwt'],
  ['a thousand lines', () => Array.from({ length: 1001 }, (_, n) => `h${n}: x`), [400, 431]],
  ['a thousand equal lines', () => Array.from({ length: 1001 }, () => 'X-A: x'), [400, 431]],
  [
    'a thousand lines and a good token',
    (good) => [...Array.from({ length: 1000 }, () => 'X-A: x'), `Authorization: Bearer ${good}`],
    [400, 431],
  ],
  [
    'a thousand lines after a good token',
    (good) => [`Authorization: Bearer ${good}`, ...Array.from({ length: 1000 }, () => 'X-A: x')],
    [400, 431],
  ],
];

const case_ = ([what, lines, expected]: Row): WireCase => ({
  what,
  request: (good) => ({ lines: lines(good) }),
  expected,
});

/** nginx refuses the repetition itself, and quotes the line in its log. */
const repeated: readonly WireCase[] = [
  ['two good ones', 'Authorization: Bearer ', 'Authorization: Bearer '],
  ['in two spellings', 'Authorization: Bearer ', 'AUTHORIZATION: Bearer '],
  ['a good one after a bad one', 'Authorization: Bearer x', 'authorization: Bearer '],
  ['a good one after an empty one', 'Authorization:', 'Authorization: Bearer '],
  ['a good one after Basic', 'Authorization: Basic eDp5', 'Authorization: Bearer '],
  ['a good one before Basic', 'Authorization: Bearer ', 'Authorization: Basic eDp5'],
].map(([what, first = '', second = '']) => ({
  what: `several Authorization headers: ${what}`,
  request: (good: string) => ({
    lines: [first, second].map((line) => (line.endsWith('Bearer ') ? line + good : line)),
  }),
  expected: [400],
  loggedByKong: true as const,
}));

export const headerCases: readonly WireCase[] = [
  ...authorization.map(case_),
  ...elsewhere.map((row) => ({ ...case_(row), loggedByKong: true as const })),
  ...posing.map(case_),
  ...broken.map(case_),
  ...repeated,
];
