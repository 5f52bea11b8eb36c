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

interface Named {
  readonly name: string;
}

interface ClientScope extends Named {
  readonly protocolMappers: readonly (Named & { readonly config: Record<string, string> })[];
}

interface Realm {
  readonly clientScopes: ClientScope[];
  readonly clients: { readonly clientId: string; readonly optionalClientScopes: string[] }[];
}

/** The shipped realm for `resource`, with `foreignScope` beside its own. */
export function realmFor(resource: string): string {
  const text = readFileSync(projectFile('examples/keycloak/realm.json'), 'utf8');
  const realm = JSON.parse(text.replaceAll(shipped.resource, resource)) as Realm;
  const own = realm.clientScopes.find(({ name }) => name === scope);
  if (own === undefined) throw new Error(`the realm has no scope ${scope}`);
  const elsewhere = JSON.stringify(own).replaceAll(resource, 'https://elsewhere.example/mcp');
  realm.clientScopes.push({ ...(JSON.parse(elsewhere) as ClientScope), name: foreignScope });
  const client = realm.clients.find(({ clientId }) => clientId === service.id);
  client?.optionalClientScopes.push(foreignScope);
  return JSON.stringify(realm);
}
