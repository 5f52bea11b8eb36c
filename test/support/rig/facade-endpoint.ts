import { endpoint } from './services.js';

export interface FacadeEndpointOptions {
  readonly name: string;
  readonly path: string;
  readonly oauth: Readonly<Record<string, unknown>>;
  readonly aggregate?: Readonly<Record<string, unknown>>;
  readonly plugins?: readonly Readonly<Record<string, unknown>>[];
  readonly root?: boolean;
  readonly url?: string;
}

/** The paths of an endpoint with a facade, as the docs write them. */
export function facadePathsOf(path: string, root = false): readonly string[] {
  const own = [
    `~${path}(?:/(?:authorize|token|register|revoke|jwks))?$`,
    `~/\\.well-known/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration)${path}$`,
    `~${path}/\\.well-known/(?:openid-configuration|oauth-authorization-server)$`,
  ];
  const atRoot = [
    '~/\\.well-known/(?:oauth-authorization-server|openid-configuration)$',
    '~/(?:authorize|token|register)$',
  ];
  return root ? [...own, ...atRoot] : own;
}

/** A Service whose one Route holds an endpoint, its metadata and its facade. */
export function facadeEndpoint(options: FacadeEndpointOptions): object {
  const { path, root = false } = options;
  const service = endpoint(options) as { readonly routes: readonly object[] };
  const [route] = service.routes;
  return { ...service, routes: [{ ...route, paths: facadePathsOf(path, root) }] };
}
