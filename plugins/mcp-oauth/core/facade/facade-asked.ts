import type { Reply } from '../challenge/reply.js';
import type { FacadePlace } from './facade-config.js';
import { facadeMethods, facadePaths, isRootPath, isServerMetadataPath } from './facade-paths.js';
import type { FacadeEndpoint } from './facade-paths.js';
import { facadeError, notFound, preflight, wrongMethod } from './facade-reply.js';

/** What a request is for a facade; undefined where it is none of its requests. */
export type FacadeAsked =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'endpoint'; readonly endpoint: FacadeEndpoint }
  | undefined;

const pathsOf = new WeakMap<FacadePlace['facade'], Map<string, ReturnType<typeof facadePaths>>>();

/**
 * Whether a request is one to the facade, by its path as the client sent it: another spelling of a
 * path is not one.
 * @param ownsRoot whether no other endpoint claims the root
 */
export function facadeAsked(
  place: FacadePlace,
  method: string,
  path: string,
  ownsRoot: () => boolean,
): FacadeAsked {
  const endpoint = known(place).get(path);
  if (endpoint === undefined) {
    return isServerMetadataPath(path) ? { kind: 'reply', reply: notFound() } : undefined;
  }
  if (method === 'OPTIONS') return { kind: 'reply', reply: preflight(endpoint) };
  if (!facadeMethods[endpoint].includes(method)) {
    return { kind: 'reply', reply: wrongMethod(endpoint) };
  }
  if (isRootPath(place, path) && !ownsRoot()) {
    const why = 'several endpoints of this host claim its root: name one';
    return { kind: 'reply', reply: facadeError(503, 'server_error', why) };
  }
  return { kind: 'endpoint', endpoint };
}

/** Worked out once for each resource of a configuration. */
function known(place: FacadePlace): ReturnType<typeof facadePaths> {
  const { facade, resource } = place;
  const own = pathsOf.get(facade) ?? new Map<string, ReturnType<typeof facadePaths>>();
  const paths = own.get(resource) ?? facadePaths(place);
  own.set(resource, paths);
  pathsOf.set(facade, own);
  return paths;
}
