import { stringify } from 'yaml';
import type { ImportedServer } from './import/import-servers.js';

/** How callers of the endpoint are known. */
export type Access =
  | { readonly kind: 'oauth'; readonly resource: string; readonly authorizationServer: string }
  | { readonly kind: 'anonymous' }
  /** Left to a Kong authentication plugin that the operator adds to the route. */
  | { readonly kind: 'kong' };

const hour = 3_600_000;

/** A declarative configuration with one MCP endpoint in front of `servers`, as YAML. */
export function declarative(servers: readonly ImportedServer[], access: Access): string {
  return stringify(declarativeDocument(servers, access), { lineWidth: 100 });
}

/** The same, as an object. */
export function declarativeDocument(servers: readonly ImportedServer[], access: Access) {
  const path = access.kind === 'oauth' ? new URL(access.resource).pathname : '/mcp';
  const metadata = `/.well-known/oauth-protected-resource${path === '/' ? '' : path}`;
  return {
    _format_version: '3.0',
    services: [
      {
        name: 'mcp',
        // Leads nowhere: mcp-aggregate sets the target of every request.
        url: 'http://127.0.0.1:9',
        retries: 0,
        read_timeout: hour,
        write_timeout: hour,
        routes: [
          {
            name: 'mcp',
            paths: [path, ...(access.kind === 'oauth' ? [metadata] : [])].map(exactly),
            strip_path: false,
            plugins: [...oauthPlugin(access), aggregatePlugin(servers, access)],
          },
        ],
      },
    ],
  };
}

/** Kong's form of a path that is matched as a whole. */
function exactly(path: string): string {
  return `~${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

function oauthPlugin(access: Access): object[] {
  if (access.kind !== 'oauth') return [];
  return [{ name: 'mcp-oauth', config: oauthConfig(access) }];
}

/** `config` of mcp-oauth. */
export function oauthConfig({ resource, authorizationServer }: Access & { kind: 'oauth' }): object {
  return { resource, authorization_servers: [authorizationServer] };
}

function aggregatePlugin(servers: readonly ImportedServer[], access: Access): object {
  const anonymous = access.kind === 'anonymous' ? { anonymous: true } : {};
  return { name: 'mcp-aggregate', config: { ...anonymous, servers } };
}
