import { isMap, isSeq, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import type { ImportedServer } from '../cli/import/import-servers.js';

export interface DemoPlaces {
  /** `http://127.0.0.1:port` of the gateway. */
  readonly gateway: string;
  readonly issuer: string;
  /** Origins of pages that may call the endpoint besides those in the file. */
  readonly pages: readonly string[];
  /** Folder for the files that logging plugins write. */
  readonly logs: string;
  /** Address of server-everything. */
  readonly everything: string | undefined;
  /** A REST API that is added behind a route of its own; absent where the user has brought servers. */
  readonly shop?: { readonly url: string; readonly document: string } | undefined;
  /** Servers in place of those in the file. */
  readonly servers: readonly ImportedServer[] | undefined;
}

export interface DemoConfiguration {
  /** The declarative file. */
  readonly text: string;
  /** Every protected resource of it; the first belongs to the endpoint that is shown. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly servers: readonly DemoServer[];
}

export interface DemoServer {
  readonly name: string;
  readonly prefix: string;
}

/**
 * kong.yml with the addresses and files of this run; all else, comments too, stays as it is. The
 * endpoint that is shown is the first with mcp-oauth and mcp-aggregate.
 */
export function demoConfiguration(kongYml: string, places: DemoPlaces): DemoConfiguration {
  const document = parseDocument(kongYml);
  const plugins = pluginsOf(document.contents);
  for (const plugin of plugins) {
    const config = plugin.get('config');
    if (isMap(config)) adapt(document, String(plugin.get('name')), config, places);
    if (plugin.get('name') === 'mcp-aggregate') addShopServer(document, config, places);
  }
  if (places.shop !== undefined) addShop(document, places.shop);
  const configs = (name: string): Record<string, unknown>[] =>
    plugins
      .filter((plugin) => plugin.get('name') === name)
      .map((plugin) => plugin.toJS(document) as { config: Record<string, unknown> })
      .map(({ config }) => config);
  const oauth = configs('mcp-oauth');
  const scopes = oauth.flatMap((config) => [config['scopes_supported'], config['required_scopes']]);
  const servers = configs('mcp-aggregate')[0]?.['servers'] ?? [];
  return {
    text: String(document),
    resources: oauth.map((config) => String(config['resource'])),
    scopes: [...new Set(scopes.flat().filter((scope) => typeof scope === 'string'))],
    servers: (servers as { name: string; prefix?: string }[]).map(({ name, prefix }) => ({
      name,
      prefix: prefix ?? `${name}__`,
    })),
  };
}

function adapt(document: Document, plugin: string, config: YAMLMap, places: DemoPlaces): void {
  if (plugin === 'mcp-oauth') {
    const { pathname } = new URL(String(config.get('resource')));
    config.set('resource', `${places.gateway}${pathname}`);
    config.set('authorization_servers', document.createNode([places.issuer]));
    config.delete('jwks_endpoint');
  }
  // The plugins share one list, by a YAML alias: it is held by the first.
  const origins = plugin === 'cors' ? config.get('origins') : undefined;
  if (isSeq(origins)) for (const page of places.pages) origins.add(page);
  if (plugin === 'file-log') {
    config.set('path', `${places.logs}/requests.log`);
  }
  if (plugin !== 'mcp-aggregate') return;
  if (places.servers) config.set('servers', document.createNode(places.servers));
  const servers = config.get('servers');
  for (const server of isSeq(servers) ? servers.items : []) {
    if (isMap(server) && server.get('name') === 'everything' && places.everything !== undefined) {
      server.set('url', places.everything);
    }
  }
}

const shopPath = '/internal/shop';

/** The Service of the API, on a Route that lets in nobody but the gateway. */
function addShop(document: Document, { url }: NonNullable<DemoPlaces['shop']>): void {
  const plugins = [{ name: 'mcp-aggregate', config: { mode: 'internal' } }];
  const routes = [{ name: 'shop', paths: [shopPath], plugins }];
  document.addIn(['services'], document.createNode({ name: 'shop', url, routes }));
}

/** And its operations among the tools. */
function addShopServer(document: Document, config: unknown, { shop, gateway }: DemoPlaces): void {
  const servers = isMap(config) ? config.get('servers') : undefined;
  if (shop === undefined || !isSeq(servers)) return;
  const route = { path: shopPath, kong_url: gateway };
  const server = { name: 'shop', route, openapi: { document: shop.document } };
  servers.add(document.createNode(server));
}

/** Every plugin anywhere below `node`. */
function pluginsOf(node: unknown): YAMLMap[] {
  if (!isMap(node)) return [];
  return ['services', 'routes', 'plugins'].flatMap((key) => {
    const list = node.get(key);
    const entries = isSeq(list) ? list.items.filter(isMap) : [];
    return key === 'plugins' ? entries : entries.flatMap(pluginsOf);
  });
}
