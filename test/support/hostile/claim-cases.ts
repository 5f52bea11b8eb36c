import { epoch } from '../oauth/signing-key.js';
import { tokenCases } from './case.js';
import type { Expected, TokenCase } from './case.js';
import { claimsText, token } from './forge.js';
import type { Forge, Members } from './forge.js';

type Row = readonly [string, TokenCase['token'], Expected];

/** A token of the issuer's own, wrong in one claim. */
const one = (name: string, value: unknown, expected: Expected): Row => [
  `${name} ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60)}`,
  (forge) => token(forge, { payload: { [name]: value } }),
  expected,
];

/** The same, with a claim that depends on the endpoint. */
const near = (what: string, own: (forge: Forge) => Members, expected: Expected): Row => [
  what,
  (forge) => token(forge, { payload: own(forge) }),
  expected,
];

/** The same, with JSON text that no serializer would write. */
const raw = (name: string, text: string, expected: Expected): Row => [
  `${name} ${text}`,
  (forge) =>
    token(forge, { payload: claimsText(forge, { [name]: undefined }, `"${name}":${text},`) }),
  expected,
];

const issuer: readonly Row[] = [
  ...[undefined, null, 1, '', {}, true].map((value) => one('iss', value, 'issuer')),
  near('iss as a list', ({ issuer: iss }) => ({ iss: [iss] }), 'issuer'),
  near('iss with a trailing slash', ({ issuer: iss }) => ({ iss: `${iss}/` }), 'issuer'),
  near('iss in upper case', ({ issuer: iss }) => ({ iss: iss.toUpperCase() }), 'issuer'),
  near(
    'iss with another scheme',
    ({ issuer: iss }) => ({ iss: iss.replace('http', 'https') }),
    'issuer',
  ),
  near('iss with a path', ({ issuer: iss }) => ({ iss: `${iss}/realms/x` }), 'issuer'),
  near('iss with a space', ({ issuer: iss }) => ({ iss: `${iss} ` }), 'issuer'),
  near('iss with a line end', ({ issuer: iss }) => ({ iss: `${iss}\n` }), 'issuer'),
  near('iss with a fragment', ({ issuer: iss }) => ({ iss: `${iss}#` }), 'issuer'),
  near('iss with a zero byte', ({ issuer: iss }) => ({ iss: `${iss}\u0000` }), 'issuer'),
  near(
    'iss with user information',
    ({ issuer: iss }) => ({ iss: iss.replace('//', '//a@') }),
    'issuer',
  ),
  near('iss of the attacker', ({ attacker }) => ({ iss: attacker }), 'issuer'),
  ...['__proto__', 'constructor', 'toString'].map((value) => one('iss', value, 'issuer')),
];

const audience: readonly Row[] = [
  ...['', '*', 'https://other.example/mcp', 'undefined'].map((aud) => one('aud', aud, 'audience')),
  ...[[], ['*'], [''], [null], [1]].map((aud) => one('aud', aud, 'audience')),
  ...[undefined, null, 1, true].map((aud) => one('aud', aud, 'audience')),
  near(
    'aud as an object',
    ({ resource: r }) => ({ aud: { [r]: true, 0: r, length: 1 } }),
    'audience',
  ),
  near('aud as a list in a list', ({ resource: r }) => ({ aud: [[r]] }), 'audience'),
  near('aud with a trailing slash', ({ resource: r }) => ({ aud: `${r}/` }), 'audience'),
  near('aud in upper case', ({ resource: r }) => ({ aud: r.toUpperCase() }), 'audience'),
  near('aud that is a prefix', ({ resource: r }) => ({ aud: r.slice(0, -1) }), 'audience'),
  near('aud that goes on', ({ resource: r }) => ({ aud: `${r}x` }), 'audience'),
  near('aud below the resource', ({ resource: r }) => ({ aud: `${r}/sub` }), 'audience'),
  near('aud of the whole origin', ({ resource: r }) => ({ aud: new URL(r).origin }), 'audience'),
  near(
    'aud with another scheme',
    ({ resource: r }) => ({ aud: r.replace(/^https?/, 'ftp') }),
    'audience',
  ),
  near('aud with another port', ({ resource: r }) => ({ aud: withPort(r, '1') }), 'audience'),
  near(
    'aud with a dot at its host',
    ({ resource: r }) => ({ aud: r.replace(/(:\/\/[^/:]+)/, '$1.') }),
    'audience',
  ),
  near('aud with a query', ({ resource: r }) => ({ aud: `${r}?` }), 'audience'),
  near('aud with a fragment', ({ resource: r }) => ({ aud: `${r}#` }), 'audience'),
  near('aud with a space', ({ resource: r }) => ({ aud: ` ${r}` }), 'audience'),
  near(
    'aud with several in one text',
    ({ resource: r }) => ({ aud: `https://x.example ${r}` }),
    'audience',
  ),
  near(
    'aud with several and a comma',
    ({ resource: r }) => ({ aud: `${r},https://x.example` }),
    'audience',
  ),
  near('aud percent-encoded', ({ resource: r }) => ({ aud: encodeURIComponent(r) }), 'audience'),
  near(
    'aud of near misses',
    ({ resource: r }) => ({ aud: [`${r}/`, `${r}?`, `${r}x`] }),
    'audience',
  ),
  near(
    'aud missing, resource claim instead',
    ({ resource: r }) => ({ aud: undefined, resource: r }),
    'audience',
  ),
  near('aud that is the issuer', ({ issuer: iss }) => ({ aud: iss }), 'audience'),
];

function withPort(resource: string, port: string): string {
  const url = new URL(resource);
  url.port = port;
  return url.href;
}

const times: readonly Row[] = [
  one('exp', undefined, 'claims'),
  ...[null, '', '9999999999', true, {}, [9_999_999_999], '2099-01-01'].map((exp) =>
    one('exp', exp, 'claims'),
  ),
  ...[0, -1, -9_999_999_999, 1.5, 1_000_000_000].map((exp) => one('exp', exp, 'expired')),
  near('exp of this second', () => ({ exp: epoch() }), 'expired'),
  near('exp of a fraction of a second ago', () => ({ exp: epoch() - 0.5 }), 'expired'),
  raw('exp', '1e400', 'claims'),
  raw('exp', '-1e400', [401]),
  raw('exp', '1e-400', 'expired'),
  near('nbf in a year', () => ({ nbf: epoch(31_536_000) }), 'not_yet_valid'),
  near('nbf in a minute', () => ({ nbf: epoch(60) }), 'not_yet_valid'),
  raw('nbf', '1e400', 'not_yet_valid'),
  ...['0', null, {}, [], true].map((nbf) => one('nbf', nbf, 'claims')),
  ...['0', null, {}, [], true].map((iat) => one('iat', iat, 'claims')),
];

const names: readonly Row[] = [
  near('no subject and no client', () => ({ sub: undefined, client_id: undefined }), 'claims'),
  ...['', null, 0, 42, true, {}, ['root'], 'a\u0000b', 'a\r\nb', '\u007f', 'a\u0085'].map((sub) =>
    one('sub', sub, 'claims'),
  ),
  raw('sub', '"\\ud800"', 'claims'),
  one('sub', 'a'.repeat(513), 'claims'),
  ...['', null, 42, {}, ['app'], 'a\nb'].map((client) => one('client_id', client, 'claims')),
  ...['', null, 42, ['app']].map((azp) => one('azp', azp, 'claims')),
];

const bound: readonly Row[] = [
  ...[{ jkt: 'x' }, { 'x5t#S256': 'x' }, { jwk: {} }, {}, null, 'x', []].map((cnf) =>
    one('cnf', cnf, 'key_bound'),
  ),
];

const scopes: readonly Row[] = [
  ...[undefined, null, '', 0, {}, [], 'mcp:tool', 'mcp:tools2', 'MCP:TOOLS', 'mcp', '*'].map(
    (scope) => one('scope', scope, 'scope'),
  ),
  ...['mcp:\u00adtools', 'mcp:tools\u200b', 'mcp:tools,', 'xmcp:tools', 'mcp:tools\tother'].map(
    (scope) => one('scope', scope, 'scope'),
  ),
  ...[[['mcp:tools']], [{ scope: 'mcp:tools' }], { 'mcp:tools': true }].map((scope) =>
    one('scope', scope, 'scope'),
  ),
];

export const claimCases = tokenCases([
  ...issuer,
  ...audience,
  ...times,
  ...names,
  ...bound,
  ...scopes,
]);
