import { configHash } from '../../../lib/config/config-hash.js';
import type { Assembled, Served } from './gateway/assemble.js';
import { keyOf } from './resources.js';
import type { McpGateway, Members } from './resources.js';
import type { Candidate } from './resolve/resolve-server.js';

/** A declarative configuration for a Kong by address. */
export interface KongDocument {
  readonly document: Members;
  readonly digest: string;
  /** Labels of the configurations in it. */
  readonly labels: ReadonlySet<string>;
  /** Its servers, as `entryOf` names them. */
  readonly entries: ReadonlySet<string>;
}

/** Marks what the controller has written in a Kong with a database. */
export const ownTag = 'kong-mcp-controller';
const hour = 3_600_000;

/** Every endpoint, in the order of their names, after what the operator's own file has. */
export function kongDocument(all: readonly Assembled[], base: Members = {}): KongDocument {
  const endpoints = all
    .flatMap(({ gateway, config }) => (config === undefined ? [] : [{ gateway, config }]))
    .sort((a, b) => (serviceName(a.gateway) < serviceName(b.gateway) ? -1 : 1));
  const { services = [] } = base as { services?: readonly unknown[] };
  const document = {
    _format_version: '3.0',
    ...base,
    services: [...services, ...endpoints.map(({ gateway, config }) => service(gateway, config))],
  };
  return {
    document,
    digest: configHash(document),
    labels: new Set(endpoints.map(({ config }) => config.label)),
    entries: new Set(
      endpoints.flatMap(({ gateway, config }) =>
        config.state.servers.map((one) => entryOf(keyOf(gateway), one)),
      ),
    ),
  };
}

/** One server of one gateway, just as it is configured. */
export const entryOf = (gateway: string, { owner, config }: Candidate): string =>
  `${gateway} ${owner} ${configHash(config)}`;

export const serviceName = ({ metadata }: McpGateway): string =>
  `mcp.${metadata.namespace}.${metadata.name}`;

function service(gateway: McpGateway, { aggregate, oauth }: Served): Members {
  const { hosts = [] } = gateway.spec;
  const path = gateway.spec.path ?? '/mcp';
  const metadataPath = `/.well-known/oauth-protected-resource${path === '/' ? '' : path}`;
  const name = serviceName(gateway);
  const tags = [ownTag];
  return {
    name,
    tags,
    // Leads nowhere: mcp-aggregate sets the target of every request.
    url: 'http://127.0.0.1:9',
    retries: 0,
    read_timeout: hour,
    write_timeout: hour,
    routes: [
      {
        name,
        tags,
        paths: [path, ...(oauth === undefined ? [] : [metadataPath])].map(exactly),
        ...(hosts.length > 0 ? { hosts } : {}),
        strip_path: false,
        plugins: [
          ...(oauth === undefined ? [] : [{ name: 'mcp-oauth', tags, config: oauth }]),
          { name: 'mcp-aggregate', tags, config: aggregate },
        ],
      },
    ],
  };
}

/** Kong's form of a path that is matched as a whole. */
const exactly = (path: string): string => `~${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
