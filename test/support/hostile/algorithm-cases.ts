import { randomBytes } from 'node:crypto';
import { tokenCases } from './case.js';
import { hmac, onCurve, publicDer, publicPem, signer, token, unsigned } from './forge.js';
import type { Forge } from './forge.js';

type Secret = (forge: Forge) => string | Buffer;

/** The public key as the secret of an HMAC: how old libraries were fooled. */
const publicSecrets: readonly [string, Secret][] = [
  ['the RSA key as PEM', ({ keys }) => publicPem(keys.rs256)],
  ['the RSA key as PEM without its last line end', ({ keys }) => publicPem(keys.rs256).trim()],
  ['the RSA key as PKCS#1 PEM', ({ keys }) => publicPem(keys.rs256, 'pkcs1')],
  ['the RSA key as DER', ({ keys }) => publicDer(keys.rs256)],
  ['the RSA key as JWK', ({ keys }) => JSON.stringify(keys.rs256.jwk)],
  ['the RSA modulus', ({ keys }) => Buffer.from(String(keys.rs256.jwk.n), 'base64url')],
  ['the EC key as PEM', ({ keys }) => publicPem(keys.es256)],
  ['the EC key as DER', ({ keys }) => publicDer(keys.es256)],
  ['the key set', ({ keys }) => JSON.stringify({ keys: [keys.es256.jwk, keys.rs256.jwk] })],
  ['the kid', ({ keys }) => keys.rs256.kid],
  ['nothing', () => ''],
];

const publicAsSecret = tokenCases(
  publicSecrets.map(([what, secret]) => [
    `HS256 with ${what} as its secret`,
    (forge) => token(forge, { header: { alg: 'HS256', kid: 'k3' }, sign: hmac(secret(forge)) }),
    'algorithm',
  ]),
);

const spellings: readonly unknown[] = [
  ...['none', 'None', 'NONE', 'nOnE', 'none ', ' none', '', 'es256', 'ES256 ', 'ES256\u0000'],
  ...['ed25519', 'eddsa', 'Ed448', 'ES256K', 'RS1', 'RS256,none', 'RSA-OAEP', 'dir', 'A256KW'],
  ...[null, 0, 256, true, ['ES256'], { alg: 'ES256' }],
];

/** A genuine signature stands below each, so only `alg` can be what they are refused for. */
const unknownAlgorithms = tokenCases([
  ...spellings.map(
    (alg) =>
      [
        `alg ${JSON.stringify(alg)} over a genuine signature`,
        (forge: Forge) => token(forge, { header: { alg } }),
        'algorithm',
      ] as const,
  ),
  ['no alg', (forge) => token(forge, { header: { alg: undefined } }), 'algorithm'],
  ...['none', 'None', 'NONE', 'nOnE', 'ES256', 'EdDSA'].map(
    (alg) =>
      [
        `alg ${alg} without a signature`,
        (forge: Forge) => token(forge, { header: { alg }, sign: unsigned }),
        alg === 'ES256' ? 'signature' : alg === 'EdDSA' ? 'unknown_key' : 'algorithm',
      ] as const,
  ),
]);

const mixed = tokenCases([
  [
    'HS384 with the public RSA key',
    (forge) =>
      token(forge, {
        header: { alg: 'HS384', kid: 'k3' },
        sign: hmac(publicPem(forge.keys.rs256), 384),
      }),
    'algorithm',
  ],
  [
    'HS512 with the public RSA key',
    (forge) =>
      token(forge, {
        header: { alg: 'HS512', kid: 'k3' },
        sign: hmac(publicPem(forge.keys.rs256), 512),
      }),
    'algorithm',
  ],
  [
    'RS256 over an HMAC with the public key',
    (forge) =>
      token(forge, {
        header: { alg: 'RS256', kid: 'k3' },
        sign: hmac(publicPem(forge.keys.rs256)),
      }),
    'signature',
  ],
  [
    'PS256 by a key published for RS256',
    ({ keys, ...rest }) =>
      token(
        { keys, ...rest },
        { header: { alg: 'PS256', kid: 'k3' }, sign: signer(keys.rs256, 'PS256') },
      ),
    'unknown_key',
  ],
  [
    'RS256 over a PSS signature',
    (forge) =>
      token(forge, {
        header: { alg: 'RS256', kid: 'k3' },
        sign: signer(forge.keys.rs256, 'PS256'),
      }),
    'signature',
  ],
  [
    'RS512, which is not configured, by the issuer',
    (forge) =>
      token(forge, {
        header: { alg: 'RS512', kid: 'k3' },
        sign: signer(forge.keys.rs256, 'RS512'),
      }),
    'algorithm',
  ],
  [
    'RS256 over a signature made with SHA-1',
    (forge) =>
      token(forge, { header: { alg: 'RS256', kid: 'k3' }, sign: signer(forge.keys.rs256, 'RS1') }),
    'signature',
  ],
  [
    'ES256 by the P-384 key',
    (forge) => token(forge, { header: { kid: 'k2' }, sign: signer(forge.keys.es384, 'ES256') }),
    'unknown_key',
  ],
  [
    'ES384 by the P-256 key',
    (forge) => token(forge, { header: { alg: 'ES384' }, sign: signer(forge.keys.es256, 'ES384') }),
    'unknown_key',
  ],
  ['ES256 by a P-521 key', (forge) => token(forge, { sign: onCurve('secp521r1') }), 'signature'],
  [
    'ES256 by a secp256k1 key',
    (forge) => token(forge, { sign: onCurve('secp256k1') }),
    'signature',
  ],
  [
    'EdDSA over an ECDSA signature',
    (forge) => token(forge, { header: { alg: 'EdDSA', kid: 'k4' } }),
    'signature',
  ],
  [
    'ES256 over an EdDSA signature',
    (forge) => token(forge, { sign: signer(forge.keys.eddsa) }),
    'signature',
  ],
  [
    'ES256 with the kid of the EdDSA key',
    (forge) => token(forge, { header: { kid: 'k4' }, sign: signer(forge.keys.eddsa) }),
    'unknown_key',
  ],
]);

const zeros = (length: number) => () => Buffer.alloc(length);

/** Signatures that some verifiers took for good ones. */
const signatures = tokenCases([
  ['an ECDSA signature of zeros', (forge) => token(forge, { sign: zeros(64) }), 'signature'],
  [
    'an ECDSA signature of ones',
    (forge) => token(forge, { sign: () => Buffer.alloc(64, 255) }),
    'signature',
  ],
  [
    'an EdDSA signature of zeros',
    (forge) => token(forge, { header: { alg: 'EdDSA', kid: 'k4' }, sign: zeros(64) }),
    'signature',
  ],
  [
    'an RSA signature of zeros',
    (forge) => token(forge, { header: { alg: 'RS256', kid: 'k3' }, sign: zeros(256) }),
    'signature',
  ],
  ['a signature of one byte', (forge) => token(forge, { sign: zeros(1) }), 'signature'],
  ['a signature of 4,000 bytes', (forge) => token(forge, { sign: zeros(4000) }), 'signature'],
  [
    'a genuine signature cut by a byte',
    (forge) => token(forge, { sign: (input) => signer(forge.keys.es256)(input).subarray(0, 63) }),
    'signature',
  ],
  [
    'a genuine signature and a byte',
    (forge) =>
      token(forge, {
        sign: (input) => Buffer.concat([signer(forge.keys.es256)(input), randomBytes(1)]),
      }),
    'signature',
  ],
  [
    'a genuine signature of another text',
    (forge) => token(forge, { sign: (input) => signer(forge.keys.es256)(`${input}.`) }),
    'signature',
  ],
  [
    'a key nobody has published',
    (forge) => token(forge, { sign: signer(forge.keys.strange) }),
    'signature',
  ],
]);

export const algorithmCases = [...publicAsSecret, ...unknownAlgorithms, ...mixed, ...signatures];
