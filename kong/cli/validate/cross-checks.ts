import { longestDeadline } from '../../../plugins/mcp-aggregate/config/config-patience.js';
import type { OpenApiConfig } from '../../../plugins/mcp-aggregate/config/servers/openapi-config.js';
import { convertDocument } from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import { DocumentError } from '../../../plugins/mcp-aggregate/core/openapi/document/document-error.js';
import type { Declared, DeclaredPlugin, DeclaredRoute } from './declared.js';
import type { Finding } from './finding.js';
import type { ReadPlugin } from './read-plugin.js';

/** A finding without its file and place. */
export type Remark = Pick<Finding, 'level' | 'message' | 'mend'>;
export type Of<K extends ReadPlugin['kind']> = Extract<ReadPlugin, { kind: K }>['config' &
  keyof Extract<ReadPlugin, { kind: K }>];

const defaultReadTimeout = 60_000;
const nativeLocks = /^(?:key-auth|jwt|basic-auth|hmac-auth|oauth2|ldap-auth|mcp-oauth)$/;

const texts = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.length > 0 ? (value as string[]) : undefined;

/** Whether a path of the route fits. */
export function matches({ given }: DeclaredRoute, path: string): boolean {
  const paths = texts(given['paths']);
  return (
    paths === undefined ||
    paths.some((one) =>
      one.startsWith('~') ? new RegExp(`^(?:${one.slice(1)})`).test(path) : path.startsWith(one),
    )
  );
}

/** Kong's form of a whole path. */
export const exactly = (path: string): string => `~${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;

/** Whether clients find the endpoint, and what it says of itself. */
export function metadataRemarks({ routes }: DeclaredPlugin, config: Of<'oauth'>): Remark[] {
  if (routes.length === 0) return [];
  const { pathname } = new URL(config.metadataUrl);
  const remarks: Remark[] = [];
  for (const [path, what] of [
    [pathname, 'the metadata address, where clients look for the login'],
    [
      config.metadataPath.replace('/.well-known/oauth-protected-resource', '') || '/',
      'the path of resource',
    ],
  ] as const) {
    if (routes.some((route) => matches(route, path))) continue;
    const message = `no path of the route matches ${path}: ${what}`;
    remarks.push({ level: 'error', message, mend: `add to its paths: ${exactly(path)}` });
  }
  for (const { name, given } of routes) {
    const methods = texts(given['methods']);
    if (methods === undefined || methods.includes('GET')) continue;
    const message = `route ${name} lets no GET through: the metadata cannot be read`;
    remarks.push({ level: 'error', message, mend: 'add GET to its methods, or leave methods out' });
  }
  return remarks;
}

/** What Kong does with long and with failed calls, and who may call at all. */
export function endpointRemarks(
  plugin: DeclaredPlugin,
  config: Of<'endpoint'>,
  { plugins }: Declared,
): Remark[] {
  const longest = Math.max(...config.servers.map(longestDeadline));
  return plugin.routes.flatMap((route) => {
    const remarks: Remark[] = [];
    const { service } = route;
    if (service !== undefined && service['retries'] !== 0) {
      const message = `the Service of route ${route.name} sends failed calls again`;
      remarks.push({ level: 'warning', message, mend: 'on the Service: retries: 0' });
    }
    const readTimeout = Number(service?.['read_timeout'] ?? defaultReadTimeout);
    if (service !== undefined && readTimeout <= longest) {
      const message = `the Service of route ${route.name} gives up after ${readTimeout} ms, a server has up to ${longest} ms`;
      remarks.push({ level: 'warning', message, mend: 'on the Service: read_timeout: 3600000' });
    }
    const locks = plugins.filter((one) => nativeLocks.test(one.name) && one.routes.includes(route));
    if (locks.length === 0 && !config.anonymous) {
      const message = `route ${route.name} has no authentication plugin: every request is answered 403`;
      remarks.push({ level: 'warning', message, mend: 'put mcp-oauth or one of Kong’s on it' });
    }
    if (locks.some(({ config: own }) => own['passthrough_credentials'] === true)) {
      const message = 'mcp-oauth in front hands tokens on, and is refused here';
      remarks.push({ level: 'error', message, mend: 'take out passthrough_credentials' });
    }
    return remarks;
  });
}

/** Whether what servers name is there: routes of this file, entries of the operator's. */
export function serverRemarks(
  config: Of<'endpoint'>,
  { plugins }: Declared,
  stdioEntries: ReadonlySet<string> | undefined,
): Remark[] {
  const inner = plugins.filter((one) => one.config['mode'] === 'internal');
  return config.servers.flatMap((server): Remark[] => {
    const { name, kind, target, route: through, openapi } = server;
    const unusable = openapi && documentRemarks(name, openapi);
    if (unusable !== undefined) return [unusable];
    // Of an API there are paths below that of the route.
    const path = openapi ? `${target.replace(/\/+$/, '')}/x` : target;
    if (
      kind === 'route' &&
      through?.internal !== false &&
      !inner.some((one) => one.routes.some((route) => matches(route, path)))
    ) {
      const message = `server ${name}: no route of this file with mcp-aggregate in mode internal matches ${path}`;
      const page = openapi ? 'docs/rest-apis.md' : 'docs/route-servers.md';
      return [{ level: 'warning', message, mend: `add one: ${page}` }];
    }
    if (kind !== 'stdio' || stdioEntries === undefined || stdioEntries.has(target)) return [];
    const message = `server ${name}: no mcpServers file given here has a command ${target}`;
    return [{ level: 'error', message, mend: `add the entry "${target}" to the operator’s file` }];
  });
}

/** Whether a document that stands in the configuration can be used, and makes tools. */
function documentRemarks(name: string, openapi: OpenApiConfig): Remark | undefined {
  if (!('text' in openapi.source)) return undefined;
  try {
    const { tools } = convertDocument(openapi.source.text, { ...openapi, takenHeaders: [] });
    if (tools.length > 0) return undefined;
    const message = `server ${name}: no operation of its document becomes a tool`;
    return { level: 'warning', message, mend: 'kong-mcp openapi FILE says why; see include' };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const message = `server ${name}: its OpenAPI document cannot be used: ${error.message}`;
    return { level: 'error', message, mend: 'mend the document' };
  }
}
