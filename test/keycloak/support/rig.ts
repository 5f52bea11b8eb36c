import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import { projectFile } from '../../support/project.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';
import { endpoint } from '../../support/rig/services.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import { realmName, scope, service, shipped } from './realm.js';
import { tokens } from './person.js';
import { KeycloakAdmin } from './admin.js';

/** A plain endpoint beside the shipped one, in front of an upstream that records. */
export interface PlainEndpoint {
  readonly path: string;
  readonly oauth: Readonly<Record<string, unknown>>;
  /** With the tools of the demo's server in place of the upstream that records. */
  readonly aggregates?: boolean;
}

/** Keycloak, a gateway on the shipped `examples/keycloak/kong.yml`, and plain endpoints of a test. */
export interface Rig {
  /** `http://127.0.0.1:port` of Keycloak. */
  readonly keycloak: string;
  readonly admin: KeycloakAdmin;
  readonly gateway: Gateway;
  /** The endpoint of the shipped file, which is also the audience. */
  readonly resource: string;
  /** What the plain endpoints lead to. */
  readonly upstream: RecordingUpstream;
  close(): Promise<void>;
}

export async function startRig(...plain: readonly PlainEndpoint[]): Promise<Rig> {
  const { url: keycloak, admin, gatewayPort: port } = inject('keycloak');
  const resource = `http://127.0.0.1:${port}/mcp`;
  const [everything, upstream] = await Promise.all([
    startServerEverything(),
    startRecordingUpstream(),
  ]);
  const document = shippedDocument({ resource, keycloak, server: everything.url });
  const own = plain.map(({ path, oauth, aggregates = false }) => {
    const config = {
      resource: `http://127.0.0.1:${port}${path}`,
      authorization_servers: [`${keycloak}/realms/${realmName}`],
      extra_audiences: [resource],
      token_types: ['at+jwt', 'JWT'],
      required_scopes: [scope],
      ...oauth,
    };
    const place = { name: path.slice(1), path, oauth: config };
    const servers = [{ name: 'everything', url: everything.url }];
    const behind = aggregates ? { aggregate: { servers } } : { url: upstream.url };
    return ('facade' in oauth ? facadeEndpoint : endpoint)({ ...place, ...behind });
  });
  const services = [...(document['services'] as object[]), ...own];
  const gateway = await startGateway({ port, declarative: { ...document, services } });
  return {
    keycloak,
    admin: new KeycloakAdmin(keycloak, admin),
    gateway,
    resource,
    upstream,
    close: async () => {
      await gateway.stop();
      await Promise.all([everything.close(), upstream.close()]);
    },
  };
}

function shippedDocument(actual: Readonly<Record<keyof typeof shipped, string>>): Declarative {
  let text = readFileSync(projectFile('examples/keycloak/kong.yml'), 'utf8');
  for (const key of ['resource', 'keycloak', 'server'] as const) {
    if (!text.includes(shipped[key])) throw new Error(`kong.yml does not name ${shipped[key]}`);
    text = text.replaceAll(shipped[key], actual[key]);
  }
  return parse(text) as Declarative;
}

/** A token of the machine client, for `scope` and nothing else. */
export async function machineToken(keycloak: string, scope?: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: service.id,
    client_secret: service.secret,
  };
  const granted = await tokens(keycloak, scope === undefined ? form : { ...form, scope });
  return granted.access_token;
}
