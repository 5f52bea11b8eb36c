import type { Places } from '../gateway/gateway.js';

/** Leads nowhere: without mcp-aggregate nothing passes. */
const placeholder = { url: 'http://127.0.0.1:9', retries: 0, read_timeout: 600_000 };

export interface EndpointOptions {
  readonly name: string;
  /** Path of the endpoint, `/mcp` for instance. */
  readonly path: string;
  /** Further ones of its Route. */
  readonly paths?: readonly string[];
  /** Configuration of mcp-oauth; absent leaves the plugin out. */
  readonly oauth?: Readonly<Record<string, unknown>>;
  /** Configuration of mcp-aggregate; absent leaves the plugin out. */
  readonly aggregate?: Readonly<Record<string, unknown>>;
  /** Native plugins. */
  readonly plugins?: readonly Readonly<Record<string, unknown>>[];
  /** The Service's address where mcp-aggregate does not set the target. */
  readonly url?: string;
}

/** A Service whose one Route holds an endpoint and its metadata address. */
export function endpoint(options: EndpointOptions): object {
  const { name, path, paths = [], oauth, aggregate, plugins = [], url } = options;
  return {
    name,
    ...placeholder,
    ...(url === undefined ? {} : { url }),
    routes: [
      {
        name,
        paths: [path, `/.well-known/oauth-protected-resource${path}`, ...paths].map(whole),
        strip_path: false,
        plugins: [
          ...(oauth ? [{ name: 'mcp-oauth', config: oauth }] : []),
          ...(aggregate ? [{ name: 'mcp-aggregate', config: aggregate }] : []),
          ...plugins,
        ],
      },
    ],
  };
}

const whole = (path: string) => `~${path}$`;

/** The Service of a plain proxied route. */
export function plainService(name: string, path: string, url: string): object {
  return { name, url, retries: 0, routes: [{ name, paths: [`~${path}$`], strip_path: true }] };
}

export function fileLog(places: Places): { name: string; config: { path: string } } {
  return { name: 'file-log', config: { path: places.fileLog } };
}

export function limitPerTool(hour: number): Readonly<Record<string, unknown>> {
  return {
    name: 'rate-limiting',
    config: { hour, policy: 'local', limit_by: 'header', header_name: 'X-Mcp-Limit-Key' },
  };
}
