import { hash } from 'node:crypto';
import { epoch } from '../oauth/signing-key.js';
import { proofClaims } from './forge-proof.js';
import type { ProofForge, ProofParts } from './forge-proof.js';
import type { ProofRow } from './proof-cases.js';

const claims =
  (change: (forge: ProofForge) => Readonly<Record<string, unknown>>) =>
  (forge: ProofForge): ProofParts => ({ claims: change(forge) });

/** htu, changed. */
const htu = (change: (target: string) => unknown) =>
  claims(({ target }) => ({ htu: change(target) }));

const withoutScheme = (target: string): string => target.replace(/^https?:\/\//, '');

/** What a proof says. */
export const claimCases: readonly ProofRow[] = [
  ['no jti', 'claims', { claims: { jti: undefined } }],
  ['an empty jti', 'claims', { claims: { jti: '' } }],
  ['jti as a number', 'claims', { claims: { jti: 1 } }],
  ['a jti of 2 KiB', 'claims', { claims: { jti: 'j'.repeat(2_048) } }],
  ['no htm', 'claims', { claims: { htm: undefined } }],
  ['another method', 'method', { claims: { htm: 'GET' } }],
  ['the method in lower case', 'method', { claims: { htm: 'post' } }],
  ['methods as a list', 'claims', { claims: { htm: ['POST'] } }],
  ['no htu', 'claims', { claims: { htu: undefined } }],
  ['htu as a list', 'claims', htu((target) => [target])],
  ['another path', 'target', htu((target) => `${target}/other`)],
  ['a slash more', 'target', htu((target) => `${target}/`)],
  [
    'the path in upper case',
    'target',
    htu((target) => target.replace(/\/[^/]*$/, (path) => path.toUpperCase())),
  ],
  ['a slash doubled', 'target', htu((target) => target.replace(/\/([^/]*)$/, '//$1'))],
  ['an escaped slash', 'target', htu((target) => target.replace(/\/([^/]*)$/, '/%2F$1'))],
  ['another host', 'target', htu(() => 'https://evil.example/mcp')],
  [
    'a host in front of an @',
    'target',
    htu((target) => `https://mcp.example.com@${withoutScheme(target)}`),
  ],
  ['credentials', 'target', htu((target) => target.replace('://', '://user:pass@'))],
  ['another port', 'target', htu((target) => target.replace(/(:\/\/[^/:]*)(:\d+)?/, '$1:4443'))],
  ['another scheme', 'target', htu((target) => `ftp://${withoutScheme(target)}`)],
  [
    'the other scheme of the web',
    'target',
    htu((target) => target.replace(/^https?/, (s) => (s === 'http' ? 'https' : 'http'))),
  ],
  ['a path alone', 'target', htu((target) => new URL(target).pathname)],
  ['no scheme', 'target', htu((target) => `//${withoutScheme(target)}`)],
  ['a backslash', 'target', htu((target) => target.replace(/\/([^/]*)$/, '\\$1'))],
  ['a line break', 'target', htu((target) => target.replace('://', '://\n'))],
  ['a tab within', 'target', htu((target) => target.replace(/(.)$/, '\t$1'))],
  ['a space before', 'target', htu((target) => ` ${target}`)],
  ['a broken escape', 'target', htu((target) => `${target}%2`)],
  ['dots above the root', 'target', htu((target) => target.replace(/\/([^/]*)$/, '/../$1'))],
  ['no ath', 'claims', { claims: { ath: undefined } }],
  [
    'ath of another token',
    'token',
    claims(({ others }) => ({ ath: hash('sha256', others, 'base64url') })),
  ],
  ['ath in hexadecimal', 'token', claims(({ token }) => ({ ath: hash('sha256', token, 'hex') }))],
  [
    'ath with padding',
    'token',
    claims(({ token }) => ({ ath: hash('sha256', token, 'base64url') + '=' })),
  ],
  [
    'ath by another hash',
    'token',
    claims(({ token }) => ({ ath: hash('sha512', token, 'base64url') })),
  ],
  ['an empty ath', 'token', { claims: { ath: '' } }],
  ['the token itself for ath', 'token', claims(({ token }) => ({ ath: token.slice(-43) }))],
  ['no iat', 'claims', { claims: { iat: undefined } }],
  ['iat as a text', 'claims', claims(() => ({ iat: String(epoch()) }))],
  ['iat null', 'claims', { claims: { iat: null } }],
  ['an old proof', 'time', claims(() => ({ iat: epoch(-65) }))],
  ['a proof of tomorrow', 'time', claims(() => ({ iat: epoch(86_400) }))],
  ['a proof ahead by a minute and more', 'time', claims(() => ({ iat: epoch(65) }))],
  ['iat in milliseconds', 'time', claims(() => ({ iat: Date.now() }))],
  ['a negative iat', 'time', { claims: { iat: -1 } }],
  [
    'an infinite iat',
    'claims',
    (forge) => ({
      claims: JSON.stringify(proofClaims(forge.target, forge.token)).replace(
        /"iat":\d+/,
        '"iat":1e999',
      ),
    }),
  ],
  ['a passed exp', 'time', claims(() => ({ exp: epoch(-1) }))],
  ['exp as a text', 'time', { claims: { exp: 'never' } }],
  ['an nbf of tomorrow', 'time', claims(() => ({ nbf: epoch(86_400) }))],
  ['claims that are a list', 'not_a_jwt', { claims: '[]' }],
  [
    'claims with a name twice',
    'not_a_jwt',
    (forge) => ({
      claims: JSON.stringify(proofClaims(forge.target, forge.token)).replace('{', '{"htm":"GET",'),
    }),
  ],
  [
    'claims nested deeply',
    'not_a_jwt',
    (forge) => ({
      claims: JSON.stringify(proofClaims(forge.target, forge.token)).replace(
        '{',
        `{"x":${'['.repeat(40)}${']'.repeat(40)},`,
      ),
    }),
  ],
];
