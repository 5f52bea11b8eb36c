import { deflateRawSync } from 'node:zlib';
import { CompactEncrypt, EncryptJWT, importJWK } from 'jose';
import { tokenCases } from './case.js';
import { claims, claimsText, segment, signer, token } from './forge.js';
import type { Forge } from './forge.js';

const bytes = (text: string, ...last: number[]) =>
  Buffer.concat([Buffer.from(text), Buffer.from(last)]);

const shapes = tokenCases([
  ['an opaque token', () => segment(crypto.randomUUID()), 'not_a_jwt'],
  ['a refresh token of random bytes', () => `rt_${segment(crypto.randomUUID())}`, 'not_a_jwt'],
  ['eight dots', () => '.'.repeat(8), 'not_a_jwt'],
  ['nothing but the header', (forge) => token(forge).split('.')[0] ?? '', 'not_a_jwt'],
  ['no signature segment', (forge) => token(forge).split('.').slice(0, 2).join('.'), 'not_a_jwt'],
  ['an empty header', (forge) => token(forge).replace(/^[^.]+/, ''), 'not_a_jwt'],
  ['an empty payload', (forge) => token(forge).replace(/\.[^.]+\./, '..'), 'not_a_jwt'],
  ['a fourth segment', (forge) => `${token(forge)}.${segment('more')}`, 'not_a_jwt'],
  ['a trailing dot', (forge) => `${token(forge)}.`, 'not_a_jwt'],
  ['a leading dot', (forge) => `.${token(forge)}`, 'not_a_jwt'],
  ['a thousand segments', (forge) => `${token(forge)}${'.eA'.repeat(999)}`, 'not_a_jwt'],
  ['three thousand dots', () => '.'.repeat(3000), 'not_a_jwt'],
  ['the token twice', (forge) => `${token(forge)}.${token(forge)}`, 'not_a_jwt'],
  [
    'segments in another order',
    (forge) => token(forge).split('.').reverse().join('.'),
    'not_a_jwt',
  ],
  [
    'tildes of a selective disclosure',
    (forge) => `${token(forge)}~${segment('["s"]')}~`,
    'not_a_jwt',
  ],
  ['a signature with padding', (forge) => `${token(forge)}==`, 'not_a_jwt'],
  ['a signature in standard base64', standardSignature, 'not_a_jwt'],
  ['a signature with bits to spare', (forge) => spareBits(token(forge)), 'not_a_jwt'],
]);

/** Decodes to the same bytes where a decoder takes both alphabets. */
function standardSignature(forge: Forge): string {
  for (;;) {
    const [header, payload, signature = ''] = token(forge).split('.');
    const other = signature.replaceAll('-', '+').replaceAll('_', '/');
    if (other !== signature) return `${header}.${payload}.${other}`;
  }
}

/** 64 bytes leave two bits of the last letter unused; here they are not zero. */
function spareBits(good: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return good.slice(0, -1) + letters.charAt(letters.indexOf(good.slice(-1)) + 1);
}

const json = (what: string, text: string | Buffer) =>
  [
    [`a header that is ${what}`, (forge: Forge) => token(forge, { header: text }), 'not_a_jwt'],
    [`a payload that is ${what}`, (forge: Forge) => token(forge, { payload: text }), 'not_a_jwt'],
  ] as const;

const notObjects = tokenCases([
  ...json('a list', '[]'),
  ...json('null', 'null'),
  ...json('a number', '1'),
  ...json('a text', '"x"'),
  ...json('true', 'true'),
  ...json('no JSON', '{'),
  ...json('an object and more', '{} x'),
  ...json('JSON with a comment', '{/**/}'),
  ...json('JSON with a last comma', '{"a":1,}'),
  ...json('JSON with single quotes', "{'a':1}"),
  ...json('invalid UTF-8', bytes('{"alg":"ES256","x":"', 0xff, 0x22, 0x7d)),
  ...json('an overlong form of UTF-8', bytes('{"alg":"ES256","x":"', 0xc0, 0xa2, 0x22, 0x7d)),
  ...json('JSON in UTF-16', Buffer.from('{"alg":"ES256"}', 'utf16le')),
  ...json('two thousand brackets', '['.repeat(2000)),
  ...json('two thousand objects in each other', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`),
]);

const doubled = (name: string, first: string) => (forge: Forge) =>
  token(forge, { payload: claimsText(forge, {}, `"${name}":${first},`) });

/** Two readers of one token must not see two tokens (RFC 7519 §4). */
const duplicates = tokenCases([
  ...['iss', 'aud', 'exp', 'sub', 'scope', 'client_id'].map(
    (name) => [`two claims ${name}`, doubled(name, '"x"'), 'not_a_jwt'] as const,
  ),
  [
    'two members of one object in a claim',
    (forge) => token(forge, { payload: claimsText(forge, {}, '"r":[{"a":1,"a":2}],') }),
    'not_a_jwt',
  ],
  [
    'two claims sub, one of them escaped',
    (forge) => token(forge, { payload: claimsText(forge, {}, '"s\\u0075b":"root",') }),
    'not_a_jwt',
  ],
  [
    'two alg, the second one good',
    (forge) => token(forge, { header: '{"alg":"none","alg":"ES256","kid":"k1","typ":"at+jwt"}' }),
    'not_a_jwt',
  ],
  [
    'two alg, the first one good',
    (forge) => token(forge, { header: '{"alg":"ES256","kid":"k1","typ":"at+jwt","alg":"none"}' }),
    'not_a_jwt',
  ],
  [
    'two kid',
    (forge) => token(forge, { header: '{"alg":"ES256","kid":"k9","kid":"k1","typ":"at+jwt"}' }),
    'not_a_jwt',
  ],
  [
    'two typ',
    (forge) => token(forge, { header: '{"alg":"ES256","kid":"k1","typ":"JWT","typ":"at+jwt"}' }),
    'not_a_jwt',
  ],
]);

const nested = tokenCases([
  [
    'a signed token in a signed token',
    (forge) => token(forge, { header: { cty: 'JWT' }, payload: token(forge) }),
    'not_a_jwt',
  ],
  [
    'a token in the claims of a token of the attacker',
    (forge) => token(forge, { payload: { jwt: token(forge) }, sign: signer(forge.keys.strange) }),
    'signature',
  ],
  [
    'a compressed payload',
    (forge) =>
      token(forge, {
        header: { zip: 'DEF' },
        payload: deflateRawSync(JSON.stringify(claims(forge))),
      }),
    'not_a_jwt',
  ],
  ['a JWE for the public key of the issuer', encrypted, 'not_a_jwt'],
  ['a signed token in a JWE', nestedInJwe, 'not_a_jwt'],
  ['a JWE with a key that everybody knows', encryptedForNobody, 'not_a_jwt'],
  [
    'a JWE header over three segments',
    (forge) => token(forge, { header: { alg: 'RSA-OAEP', enc: 'A256GCM' } }),
    'algorithm',
  ],
  [
    'a JWS in JSON form, encoded',
    (forge) => {
      const [header, payload, signature] = token(forge).split('.');
      return segment(JSON.stringify({ payload, signatures: [{ protected: header, signature }] }));
    },
    'not_a_jwt',
  ],
]);

async function encrypted(forge: Forge): Promise<string> {
  const key = await importJWK({ ...forge.keys.rs256.jwk, use: 'enc' }, 'RSA-OAEP');
  return new EncryptJWT({ ...claims(forge) })
    .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', typ: 'at+jwt', kid: 'k3' })
    .encrypt(key);
}

async function nestedInJwe(forge: Forge): Promise<string> {
  const key = await importJWK({ ...forge.keys.rs256.jwk, use: 'enc' }, 'RSA-OAEP');
  return new CompactEncrypt(Buffer.from(token(forge)))
    .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'at+jwt', kid: 'k3' })
    .encrypt(key);
}

async function encryptedForNobody(forge: Forge): Promise<string> {
  return new EncryptJWT({ ...claims(forge) })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })
    .encrypt(Buffer.alloc(32));
}

const sizes = tokenCases([
  [
    'a genuine token of 7,000 bytes for another resource',
    (forge) => token(forge, { payload: { aud: 'x', pad: 'p'.repeat(4800) } }),
    'audience',
  ],
  [
    'an audience of a thousand entries',
    (forge) => token(forge, { payload: { aud: Array.from({ length: 1000 }, () => 'x') } }),
    'audience',
  ],
]);

export const structureCases = [...shapes, ...notObjects, ...duplicates, ...nested, ...sizes];
