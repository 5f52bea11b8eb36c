import type { FacadePlace } from './facade-config.js';

/** What a path of the facade is for. */
export type FacadeEndpoint =
  'metadata' | 'root_metadata' | 'authorize' | 'token' | 'register' | 'revoke' | 'jwks';

const wellKnown = ['oauth-authorization-server', 'openid-configuration'] as const;
const [oauth, openid] = wellKnown;

/** Methods of each endpoint beside OPTIONS. */
export const facadeMethods: Readonly<Record<FacadeEndpoint, readonly string[]>> = {
  metadata: ['GET', 'HEAD'],
  root_metadata: ['GET', 'HEAD'],
  jwks: ['GET', 'HEAD'],
  authorize: ['GET'],
  token: ['POST'],
  register: ['POST'],
  revoke: ['POST'],
};

/**
 * Every path of a facade and what it is for. Metadata is where RFC 8414 §3.1 and OpenID Connect
 * Discovery §4 put it; the root is for clients of the MCP revision 2025-03-26, which take the origin
 * of the endpoint for the issuer.
 */
export function facadePaths({
  resource,
  facade,
}: FacadePlace): ReadonlyMap<string, FacadeEndpoint> {
  const { pathname } = new URL(resource);
  const path = pathname === '/' ? '' : pathname;
  const own: [string, FacadeEndpoint][] = [
    [`/.well-known/${oauth}${path}`, 'metadata'],
    [`/.well-known/${openid}${path}`, 'metadata'],
    [`${path}/.well-known/${openid}`, 'metadata'],
    [`${path}/.well-known/${oauth}`, 'metadata'],
    ...(['authorize', 'token', 'register', 'revoke'] as const).map(
      (name): [string, FacadeEndpoint] => [`${path}/${name}`, name],
    ),
    ...(facade.proxiesKeys ? ([[`${path}/jwks`, 'jwks']] as [string, FacadeEndpoint][]) : []),
  ];
  const root: [string, FacadeEndpoint][] = [
    [`/.well-known/${oauth}`, 'root_metadata'],
    [`/.well-known/${openid}`, 'root_metadata'],
    ['/authorize', 'authorize'],
    ['/token', 'token'],
    ['/register', 'register'],
  ];
  return new Map([...(facade.servesRoot ? root : []), ...own]);
}

/** Whether the path is one where metadata of authorization servers is looked for. */
export function isServerMetadataPath(path: string): boolean {
  return wellKnown.some(
    (name) => path === `/.well-known/${name}` || path.startsWith(`/.well-known/${name}/`),
  );
}

/** The paths that only a facade which claims the root has, below the origin. */
export function isRootPath(place: FacadePlace, path: string): boolean {
  if (new URL(place.resource).pathname === '/') return false;
  const without = { ...place, facade: { ...place.facade, servesRoot: false } };
  return !facadePaths(without).has(path);
}
