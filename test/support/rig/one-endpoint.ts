import type { AuthorizationServerOptions } from '../../../kong/demo/login/authorization-server.js';
import { startGateway } from '../gateway/gateway.js';
import type { Gateway, GatewayOptions, Places } from '../gateway/gateway.js';
import { freePort } from '../ports.js';
import { startIssuer } from './issuer.js';
import type { Issuer } from './issuer.js';
import { endpoint } from './services.js';
import type { EndpointOptions } from './services.js';

type GatewayParts = Omit<GatewayOptions, 'declarative'>;

interface Parts extends Pick<EndpointOptions, 'aggregate' | 'paths'> {
  /** Native plugins of the endpoint. */
  readonly plugins?: (places: Places) => NonNullable<EndpointOptions['plugins']>;
  /** Further Services. */
  readonly services?: readonly object[];
  /** All else that the gateway is started with. */
  readonly gateway?: GatewayParts;
}

export interface OpenEndpoint {
  readonly gateway: Gateway;
  /** Address of the endpoint. */
  readonly url: string;
  stop(): Promise<void>;
}

/** mcp-aggregate alone at `/mcp`, open to anybody, on a gateway of its own. */
export async function startOpenEndpoint(
  options: Parts & Required<Pick<Parts, 'aggregate'>>,
): Promise<OpenEndpoint> {
  const aggregate = { anonymous: true, ...options.aggregate };
  const gateway = await startGateway({
    ...options.gateway,
    declarative: (places) => one(places, { ...options, aggregate }),
  });
  return { gateway, url: gateway.at('/mcp'), stop: () => gateway.stop() };
}

export interface ProtectedEndpoint {
  readonly gateway: Gateway;
  readonly issuer: Issuer;
  /** Address of the endpoint, which its tokens are for. */
  readonly resource: string;
  /** A good access token for the endpoint. */
  token: (subject?: string, options?: Parameters<Issuer['token']>[2]) => Promise<string>;
  stop(): Promise<void>;
}

export interface ProtectedEndpointOptions extends Parts, Pick<EndpointOptions, 'url'> {
  /** Configuration of mcp-oauth beside the resource and its authorization server. */
  readonly oauth?:
    Readonly<Record<string, unknown>> | ((issuer: string) => Readonly<Record<string, unknown>>);
  readonly issuer?: Partial<AuthorizationServerOptions>;
  /** Of the gateway, for who must know it before; default: a free one. */
  readonly port?: number;
}

/** An endpoint `/mcp` behind mcp-oauth, its authorization server and a gateway of their own. */
export async function startProtectedEndpoint(
  options: ProtectedEndpointOptions,
): Promise<ProtectedEndpoint> {
  const port = options.port ?? (await freePort());
  const resource = `http://127.0.0.1:${port}/mcp`;
  const issuer = await startIssuer([resource], options.issuer);
  const { oauth: given = {} } = options;
  const own = typeof given === 'function' ? given(issuer.url) : given;
  const oauth = { resource, authorization_servers: [issuer.url], ...own };
  const gateway = await startGateway({
    ...options.gateway,
    port,
    declarative: (places) => one(places, { ...options, oauth }),
  }).catch(async (error: unknown) => {
    await issuer.close();
    throw error;
  });
  return {
    gateway,
    issuer,
    resource,
    token: (subject, own) => issuer.token(resource, subject, own),
    stop: async () => {
      await gateway.stop();
      await issuer.close();
    },
  };
}

function one(
  places: Places,
  parts: Omit<ProtectedEndpointOptions, 'issuer' | 'oauth'> & Pick<EndpointOptions, 'oauth'>,
): object & Record<string, unknown> {
  const { oauth, aggregate, url, paths, services = [] } = parts;
  const plugins = parts.plugins?.(places) ?? [];
  const own = {
    name: 'mcp',
    path: '/mcp',
    plugins,
    ...(oauth ? { oauth } : {}),
    ...(aggregate ? { aggregate } : {}),
    ...(url === undefined ? {} : { url }),
    ...(paths ? { paths } : {}),
  };
  return { services: [endpoint(own), ...services] };
}
