import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../fake-kong-port.js';
import type { FakeKong, FakeRequest } from '../fake-kong-port.js';
import { pluginConfig } from '../oauth/plugin-config.js';
import type { PluginConfig } from '../oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../oauth/signing-key.js';
import { testIssuer } from '../oauth/test-issuer.js';
import { forgeProof, proofForgeKeys } from './forge-proof.js';
import type { ProofForge, ProofParts } from './forge-proof.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');

type Dpop = NonNullable<PluginConfig['dpop']>;

/** `dpop` as Kong hands it over, defaults applied. */
export function dpopConfig(own: Partial<Dpop>): Dpop {
  const algorithms = ['ES256', 'RS256'] as const;
  return { mode: 'allowed', algorithms, proof_lifetime: 60, require_nonce: false, ...own };
}

/** A protected endpoint that takes bound tokens, its issuer, and clients' keys. */
export interface ProtectedByProof extends AsyncDisposable {
  readonly forge: ProofForge;
  /** Another good token. */
  readonly token: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  /** An instance of the plugin with this configuration. */
  readonly plugin: (own: Partial<PluginConfig>) => Plugin;
  readonly send: (plugin: Plugin, request: FakeRequest) => Promise<FakeKong>;
  readonly proof: (parts?: ProofParts) => string;
}

export async function protectedByProof(): Promise<ProtectedByProof> {
  host[marker] = 'protobuf';
  const target = 'https://mcp.example.com/mcp';
  const [key, keys] = await Promise.all([signingKey('ES256'), proofForgeKeys()]);
  const issuer = await testIssuer(key);
  const token = (claims: Readonly<Record<string, unknown>>) =>
    signToken(key, { iss: issuer.url, aud: target, sub: 'alice', exp: epoch(300), ...claims });
  const forge = {
    target,
    keys,
    token: await token({ cnf: { jkt: keys.own.jkt } }),
    unbound: await token({}),
    others: await token({ cnf: { jkt: keys.other.jkt }, sub: 'bob' }),
    ofRsa: await token({ cnf: { jkt: keys.rsa.jkt } }),
  };
  return {
    forge,
    token,
    plugin: (own) =>
      new Plugin(pluginConfig({ resource: target, authorization_servers: [issuer.url], ...own })),
    send: async (plugin, request) => {
      const kong = fakeKong(request);
      await plugin.access(kong.port);
      return kong;
    },
    proof: (parts = {}) => forgeProof(forge, parts),
    [Symbol.asyncDispose]: async () => {
      delete host[marker];
      await issuer[Symbol.asyncDispose]();
    },
  };
}
