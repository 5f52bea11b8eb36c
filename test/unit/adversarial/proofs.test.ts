import { afterAll, beforeAll } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import type { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { targetUri } from '../../../plugins/mcp-oauth/core/holder/target-uri.js';
import { memberShapes, valueShapes } from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';
import { dpop } from '../../support/dpop/proof-cases.js';
import { dpopConfig, protectedByProof } from '../../support/dpop/protected.js';
import type { ProtectedByProof } from '../../support/dpop/protected.js';
import type { ProofParts } from '../../support/dpop/forge-proof.js';

let endpoint: ProtectedByProof;
let plugin: Plugin;
beforeAll(async () => {
  setLogLevel('error');
  endpoint = await protectedByProof();
  plugin = endpoint.plugin({ dpop: dpopConfig({}) });
});
afterAll(async () => {
  setLogLevel('info');
  await endpoint[Symbol.asyncDispose]();
});

/** What a case makes is made where the endpoint is there. */
type Sent = () => string;
const forged =
  (parts: (endpoint: ProtectedByProof) => ProofParts): ((bytes: number) => Sent) =>
  () =>
  () =>
    endpoint.proof(parts(endpoint));
const rest = 900;
const claimsOf = (text: string) =>
  `{"jti":"j","htm":"POST","iat":1,"htu":"https://a.example"${text}}`;
const jsonBytes = (bytes: number) => Math.floor((bytes - rest) * 0.74);

const shapes = { ...memberShapes, ...Object.fromEntries(Object.entries(valueShapes)) };
const ofClaims = Object.fromEntries(
  Object.entries(shapes).map(([name, make]) => [
    `claims: ${name}`,
    (bytes: number) => {
      const text = make(jsonBytes(bytes));
      const members = name in memberShapes ? text : `"x":${text}`;
      let made: string | undefined;
      return () => (made ??= endpoint.proof({ claims: claimsOf(`,${members}`) }));
    },
  ]),
);

/** An honest proof is another one each time, so its making is part of both. */
worstShape<Sent>({
  input: 'a proof',
  from: 'a caller',
  bytes: 4_096,
  honest: forged(() => ({})),
  hostile: {
    ...ofClaims,
    'a signature by nobody': forged(() => ({ sign: () => Buffer.alloc(64, 1) })),
    'a key of its own each time': forged(({ forge }) => ({
      header: {
        jwk: {
          ...forge.keys.own.publicJwk,
          y: Buffer.from(crypto.randomUUID().slice(0, 32)).toString('base64url'),
        },
      },
    })),
    'the largest RSA key': forged(({ forge }) => ({
      key: forge.keys.rsa,
      header: { jwk: { kty: 'RSA', n: '_'.repeat(683), e: '_____w' } },
    })),
    'a long htu': forged(() => ({
      claims: { htu: `https://mcp.example.com/${'%41'.repeat(600)}` },
    })),
    'an htu of dots': forged(() => ({
      claims: { htu: `https://mcp.example.com/${'../'.repeat(600)}` },
    })),
    'a long jti': forged(() => ({ claims: { jti: 'j'.repeat(2_000) } })),
    'a replay': () => {
      let made: string | undefined;
      return () => (made ??= endpoint.proof());
    },
    'white space': () => () => `${' '.repeat(4_000)}a.a.a`,
    dots: () => () => 'a.'.repeat(2_048),
  },
  run: (made) => endpoint.send(plugin, { headers: dpop(endpoint.forge.token, made()) }),
});

worstShape({
  input: 'the address of a request',
  from: 'a caller',
  bytes: 8_000,
  honest: (bytes) => `https://mcp.example.com/${'segment/'.repeat(bytes / 8)}`,
  hostile: {
    slashes: (bytes) => `https://mcp.example.com/${'/'.repeat(bytes)}`,
    dots: (bytes) => `https://mcp.example.com/${'./'.repeat(bytes / 2)}`,
    'dots of parents': (bytes) => `https://mcp.example.com/${'a/../'.repeat(bytes / 5)}`,
    escapes: (bytes) => `https://mcp.example.com/${'%2e'.repeat(bytes / 3)}`,
    'broken escapes': (bytes) => `https://mcp.example.com/${'%'.repeat(bytes)}`,
    'a long host': (bytes) => `https://${'a.'.repeat(bytes / 2)}`,
    'no end of a host': (bytes) => `https://[${':'.repeat(bytes)}`,
  },
  run: (text) => targetUri(text),
});
