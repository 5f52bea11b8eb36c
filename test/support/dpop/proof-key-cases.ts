import { hmac, onCurve, segment, signer, unsigned } from '../hostile/forge.js';
import { forgeProof } from './forge-proof.js';
import type { ProofForge, ProofParts } from './forge-proof.js';
import type { ProofRow } from './proof-cases.js';

type Change = (forge: ProofForge) => Readonly<Record<string, unknown>>;
/** A proof whose jwk is the client's, changed. */
const jwk =
  (change: Change) =>
  (forge: ProofForge): ProofParts => ({
    header: { jwk: { ...forge.keys.own.publicJwk, ...change(forge) } },
  });

/** Text of a good proof, changed. */
const text =
  (change: (proof: string, forge: ProofForge) => string) =>
  (forge: ProofForge): string =>
    change(forgeProof(forge), forge);

const good = (forge: ProofForge): string => JSON.stringify(forge.keys.own.publicJwk);

/** Header, key and signature of a proof. */
export const keyCases: readonly ProofRow[] = [
  ['typ JWT', 'type', { header: { typ: 'JWT' } }],
  ['typ at+jwt', 'type', { header: { typ: 'at+jwt' } }],
  ['no typ', 'type', { header: { typ: undefined } }],
  ['typ in other case', 'type', { header: { typ: 'DPOP+JWT' } }],
  ['typ with application/', 'type', { header: { typ: 'application/dpop+jwt' } }],
  ['typ as a list', 'type', { header: { typ: ['dpop+jwt'] } }],
  ['crit', 'header', { header: { crit: ['b64'], b64: false } }],
  ['b64 alone', 'header', { header: { b64: true } }],
  ['alg none', 'algorithm', { header: { alg: 'none' } }],
  ['alg none, unsigned', 'not_a_jwt', { header: { alg: 'none' }, sign: unsigned }],
  [
    'alg HS256 with the public key',
    'algorithm',
    (forge) => ({
      header: { alg: 'HS256' },
      sign: hmac(JSON.stringify(forge.keys.own.publicJwk)),
    }),
  ],
  ['alg in other case', 'algorithm', { header: { alg: 'es256' } }],
  ['alg that is not configured', 'algorithm', ({ keys }) => ({ key: keys.es384 })],
  ['no alg', 'algorithm', { header: { alg: undefined } }],
  ['alg as an object', 'algorithm', { header: { alg: { ES256: true } } }],
  ['alg of Object.prototype', 'algorithm', { header: { alg: 'constructor' } }],
  ['alg of another kind of key', 'key', { header: { alg: 'RS256' } }],
  ['no jwk', 'key', { header: { jwk: undefined } }],
  ['jwk null', 'key', { header: { jwk: null } }],
  ['jwk as a text', 'key', (forge) => ({ header: { jwk: good(forge) } })],
  ['jwk as a list', 'key', (forge) => ({ header: { jwk: [forge.keys.own.publicJwk] } })],
  ['jku in place of jwk', 'key', { header: { jwk: undefined, jku: 'https://evil.example/k' } }],
  ['kid in place of jwk', 'key', { header: { jwk: undefined, kid: 'k1' } }],
  ['the private key', 'key', ({ keys }) => ({ header: { jwk: keys.own.privateJwk } })],
  ['an empty private member', 'key', jwk(() => ({ d: '' }))],
  ['a prime of a private key', 'key', jwk(() => ({ p: 'AQAB' }))],
  ['a symmetric key', 'key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
  ['a symmetric member', 'key', jwk(() => ({ k: 'AAAA' }))],
  ['kty of another kind', 'key', jwk(() => ({ kty: 'RSA' }))],
  ['another curve', 'key', jwk(() => ({ crv: 'secp256k1' }))],
  [
    'a curve of another algorithm',
    'key',
    ({ keys }) => ({
      header: { jwk: keys.es384.publicJwk },
    }),
  ],
  ['no y', 'key', jwk(() => ({ y: undefined }))],
  ['x as a number', 'key', jwk(() => ({ x: 1 }))],
  ['a long x', 'key', jwk(({ keys }) => ({ x: `${keys.own.publicJwk.x}A` }))],
  ['padding', 'key', jwk(({ keys }) => ({ x: `${keys.own.publicJwk.x}=` }))],
  ['spare bits in x', 'key', jwk(({ keys }) => ({ x: spareBits(keys.own.publicJwk.x!) }))],
  ['use enc', 'key', jwk(() => ({ use: 'enc' }))],
  ['key_ops without verify', 'key', jwk(() => ({ key_ops: ['sign'] }))],
  ['alg of the key another one', 'key', jwk(() => ({ alg: 'ES384' }))],
  [
    'an RSA key of 1024 bits',
    'key',
    ({ keys }) => ({
      key: keys.rsa,
      header: { jwk: { ...keys.rsa.publicJwk, n: keys.rsa.publicJwk.n!.slice(0, 171) } },
    }),
  ],
  [
    'an RSA key of 9600 bits',
    'key',
    ({ keys }) => ({
      key: keys.rsa,
      header: { jwk: { ...keys.rsa.publicJwk, n: 'AQAB'.repeat(400) } },
    }),
  ],
  [
    'an RSA exponent of 2048 bits',
    'key',
    ({ keys }) => ({
      key: keys.rsa,
      header: { jwk: { ...keys.rsa.publicJwk, e: keys.rsa.publicJwk.n } },
    }),
  ],
  ['another key, signed with it', 'other_key', ({ keys }) => ({ key: keys.other })],
  ['another kind of key, signed with it', 'other_key', ({ keys }) => ({ key: keys.rsa })],
  ['a point on no curve', 'other_key', jwk(() => ({ y: 'A'.repeat(43) }))],
  ['signed with another key', 'signature', ({ keys }) => ({ sign: signer(keys.other) })],
  ['signed on another curve', 'signature', { sign: onCurve('secp256k1') }],
  ['no signature', 'not_a_jwt', { sign: unsigned }],
  ['a signature of zeros', 'signature', { sign: () => Buffer.alloc(64) }],
  [
    'a signature in DER',
    'signature',
    ({ keys }) => ({ sign: (input) => der(signer(keys.own)(input)) }),
  ],
  [
    'a longer signature',
    'signature',
    ({ keys }) => ({
      sign: (input) => Buffer.concat([signer(keys.own)(input), Buffer.alloc(1)]),
    }),
  ],
  [
    'a half signature',
    'signature',
    ({ keys }) => ({
      sign: (input) => signer(keys.own)(input).subarray(0, 32),
    }),
  ],
  ['claims changed after signing', 'signature', text(otherClaims)],
  ['five parts', 'not_a_jwt', text((proof) => `${proof}.a.b`)],
  ['two parts', 'not_a_jwt', text((proof) => proof.replace(/\.[^.]*$/, ''))],
  ['padding in a part', 'not_a_jwt', text((proof) => proof.replace('.', '=.'))],
  ['spare bits in the signature', 'not_a_jwt', text(spareBits)],
  ['a proof in JSON', 'not_a_jwt', () => '{"payload":"","signatures":[]}'],
  ['spaces within', 'not_a_jwt', text((proof) => proof.replace('.', ' .'))],
  ['two proofs in a line', 'not_a_jwt', text((proof) => `${proof}, ${proof}`)],
  ['a header that is no JSON', 'not_a_jwt', { header: '{typ:dpop+jwt}' }],
  ['a list for a header', 'not_a_jwt', { header: '["dpop+jwt"]' }],
  [
    'typ twice',
    'not_a_jwt',
    (forge) => ({
      header: `{"typ":"JWT","typ":"dpop+jwt","alg":"ES256","jwk":${good(forge)}}`,
    }),
  ],
  [
    'jwk twice',
    'not_a_jwt',
    (forge) => ({
      header: `{"typ":"dpop+jwt","alg":"ES256","jwk":${good(forge)},"\\u006awk":${good(forge)}}`,
    }),
  ],
  [
    'a header of hundreds of members',
    'not_a_jwt',
    {
      header: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`m${n}`, n])),
    },
  ],
  ['a proof above 4 KiB', 'too_long', { claims: { x: 'x'.repeat(4_096) } }],
];

/** Another spelling of the same bytes in base64url. */
function spareBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) + 1]!;
}

function otherClaims(proof: string, { target }: ProofForge): string {
  const [header, payload, signature] = proof.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
  const changed = segment(JSON.stringify({ ...claims, htu: target, jti: 'another' }));
  return [header, changed, signature].join('.');
}

function der(signature: Buffer): Buffer {
  const integer = (bytes: Buffer): Buffer => {
    const positive = bytes[0]! > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  };
  const both = [integer(signature.subarray(0, 32)), integer(signature.subarray(32))];
  const body = Buffer.concat(both);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
