import { readFileSync } from 'node:fs';
import { projectFile } from '../../support/project.js';

/** What the shipped files say, replaced by what a test has. */
export const shipped = {
  resource: 'http://127.0.0.1:8000/mcp',
  keycloak: 'http://127.0.0.1:8080',
  server: 'http://127.0.0.1:3001/mcp',
} as const;

export const realmName = 'mcp';
export const scope = 'mcp:tools';

/** A scope of the realm whose tokens are for another resource. */
export const foreignScope = 'mcp:elsewhere';

/** The clients of the realm that have a secret. */
export const service = { id: 'mcp-service', secret: 'development-only-service' } as const;
export const gatewayClient = { id: 'mcp-gateway', secret: 'development-only-gateway' } as const;
/** The public client of the realm. */
export const publicClient = 'mcp-client';

/** The client that a facade shares: public, and Keycloak names itself in no answer to it. */
export const sharedClient = 'mcp-clients';

/** Endpoints with a facade, each with a scope of its own that carries its audience. */
export const facadeNames = ['answered', 'proxied', 'shipped', 'removed'] as const;

export const scopeOf = (name: string): string => `mcp:${name}`;

interface Named {
  readonly name: string;
}

interface ClientScope extends Named {
  readonly protocolMappers: readonly (Named & { readonly config: Record<string, string> })[];
}

interface RealmClient {
  readonly clientId: string;
  readonly optionalClientScopes: string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

interface Realm {
  readonly clientScopes: ClientScope[];
  readonly clients: RealmClient[];
  readonly defaultOptionalClientScopes: string[];
}

/** The shipped realm for `resource`, with scopes of other resources beside its own. */
export function realmFor(resource: string): string {
  const text = readFileSync(projectFile('examples/keycloak/realm.json'), 'utf8');
  const realm = JSON.parse(text.replaceAll(shipped.resource, resource)) as Realm;
  const own = realm.clientScopes.find(({ name }) => name === scope);
  if (own === undefined) throw new Error(`the realm has no scope ${scope}`);
  const others: [string, string][] = facadeNames.map((name) => [
    scopeOf(name),
    new URL(`/${name}`, resource).href,
  ]);
  const foreign: [string, string] = [foreignScope, 'https://elsewhere.example/mcp'];
  for (const [name, audience] of [foreign, ...others]) {
    const copy = JSON.parse(JSON.stringify(own).replaceAll(resource, audience)) as ClientScope;
    realm.clientScopes.push({ ...copy, name });
  }
  const scopes = others.map(([name]) => name);
  realm.defaultOptionalClientScopes.push(...scopes);
  realm.clients
    .find(({ clientId }) => clientId === service.id)
    ?.optionalClientScopes.push(foreignScope);
  realm.clients.push(sharedOf(realm.clients, scopes));
  return JSON.stringify(realm);
}

/** As docs/providers/keycloak.md has it made, of the public client. */
function sharedOf(clients: readonly RealmClient[], scopes: readonly string[]): RealmClient {
  const own = clients.find(({ clientId }) => clientId === publicClient);
  if (own === undefined) throw new Error(`the realm has no client ${publicClient}`);
  const attributes = { ...own.attributes, 'exclude.issuer.from.auth.response': 'true' };
  const optionalClientScopes = [...own.optionalClientScopes, ...scopes];
  return { ...own, clientId: sharedClient, attributes, optionalClientScopes };
}
