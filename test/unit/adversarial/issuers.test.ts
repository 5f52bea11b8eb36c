import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { introspectionClient } from '../../../plugins/mcp-oauth/io/introspection-client.js';
import { KeySetLoader } from '../../../plugins/mcp-oauth/io/key-set-loader.js';
import { introspectingVerifier } from '../../../plugins/mcp-oauth/io/verify-by-introspection.js';
import {
  memberShapes,
  membersNamed,
  placed,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { epoch } from '../../support/oauth/signing-key.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

const mebibyte = 1_048_576;
const url = new URL('https://as.example.com/it');
/** The answer is there: what is counted is reading it. */
const answering = (text: string) => () => Promise.resolve(new Response(text));

const config = readConfig(
  pluginConfig({
    introspection_endpoint: url.href,
    client_id: 'gateway',
    client_secret: 'secret',
  }),
);
const { introspection } = config;
if (introspection === undefined) throw new Error('a configuration without introspection');
const times = { timeoutMs: 60_000, now: Date.now };
const unknown = () => Promise.resolve({ kind: 'unavailable' } as const);

const active = (more: string) =>
  `{"active":true,"aud":"${config.audiences[0]}","sub":"alice","client_id":"app","exp":${epoch(900)}${more}}`;
const groups = (bytes: number) =>
  JSON.stringify(Array.from({ length: bytes / 31 }, (_, n) => `/departments/group-${n}`));

worstShape({
  input: 'what an introspection endpoint answers',
  from: 'a server',
  bytes: mebibyte,
  honest: (bytes) => active(`,"groups":${groups(bytes)}`),
  hostile: {
    ...placed(memberShapes, 'the answer', (more) => active(`,${more}`)),
    ...placed(memberShapes, 'a claim', (more) => active(`,"x":{${more}}`)),
    ...placed(valueShapes, 'a claim', (more) => active(`,"x":${more}`)),
    ...placed(valueShapes, 'the scope', (more) => active(`,"scope":${more}`)),
    ...placed(valueShapes, 'the whole', (more) => more),
    'empty objects in a claim': (bytes) => active(`,"x":[${'{},'.repeat(bytes / 3 - 100)}{}]`),
    'many scopes': (bytes) => active(`,"scope":"${'a '.repeat(bytes / 2 - 100)}"`),
    'many audiences': (bytes) => `{"active":true,"aud":[${'"",'.repeat(bytes / 3 - 20)}""]}`,
    'members named active': (bytes) => `{${membersNamed('active')(bytes)}}`,
  },
  run: (text) => {
    const introspect = introspectionClient({ ...times, introspection, fetch: answering(text) });
    return introspectingVerifier({ ...config, introspection }, introspect, unknown, times.now)('t');
  },
});

const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
  format: 'jwk',
});
const key = (id: number, more = '') =>
  `{"kty":"RSA","use":"sig","alg":"RS256","kid":"key-${id}","n":"${n}","e":"${e}"${more}}`;
/** As many keys as a set may have, with their certificates. */
const keySet = (bytes: number) => {
  const certificate = 'MIID'.repeat(Math.floor((bytes / 256 - 500) / 4));
  const keys = Array.from({ length: 256 }, (_, id) => key(id, `,"x5c":["${certificate}"]`));
  return `{"keys":[${keys.join(',')}]}`;
};
const inKey = (more: string) => `{"keys":[${key(1, `,${more}`)}]}`;

worstShape({
  input: 'a key set',
  from: 'a server',
  bytes: mebibyte,
  honest: keySet,
  hostile: {
    ...placed(memberShapes, 'the set', (more) => `{"keys":[],${more}}`),
    ...placed(memberShapes, 'a key', inKey),
    ...placed(valueShapes, 'a key', (more) => inKey(`"x":${more}`)),
    ...placed(valueShapes, 'the keys', (more) => `{"keys":${more}}`),
    'keys of one id': (bytes) => keySet(bytes).replace(/"kid":"key-\d+"/g, '"kid":"key-1"'),
    'keys that say nothing': (bytes) =>
      `{"keys":[${Array.from({ length: 256 }, () => `{"kid":"${'k'.repeat(bytes / 256 - 20)}"}`).join(',')}]}`,
  },
  run: async (text) => {
    const fetch = answering(text);
    const loader = new KeySetLoader({
      ...times,
      issuer: url.origin,
      source: { kind: 'endpoint', url },
      keyTtlMs: 60_000,
      fetch,
    });
    const { find } = await loader.load();
    await find({ alg: 'RS256', kid: 'key-1' }, { payload: '', signature: '' });
  },
});
