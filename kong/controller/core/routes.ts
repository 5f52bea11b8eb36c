import { isMembers } from './members.js';
import { pluginName } from './objects.js';
import type { Assembled } from './gateway/assemble.js';
import type { KubeObject, McpGateway, RouteRef } from './resources.js';
import { unresolved } from './resolve/problem.js';
import type { Problem } from './resolve/problem.js';
import type { Index } from './resolve/snapshot-index.js';

/** Kong's ingress controller takes the plugins of a route from it. */
export const pluginsAnnotation = 'konghq.com/plugins';

/** A route whose annotation has to change. */
export interface RouteChange {
  readonly kind: RouteRef['kind'];
  readonly route: KubeObject;
  /** Undefined takes the annotation away. */
  readonly annotation: string | undefined;
}

const all = (index: Index): readonly (readonly [RouteRef['kind'], KubeObject])[] => [
  ...[...index.httpRoutes.values()].map((one) => ['HTTPRoute', one] as const),
  ...[...index.ingresses.values()].map((one) => ['Ingress', one] as const),
];

/** The first route that a gateway names and that is not there. */
export function missingRoute({ metadata, spec }: McpGateway, index: Index): Problem | undefined {
  const missing = spec.routeRefs?.find(({ kind, name }) => {
    const routes = kind === 'HTTPRoute' ? index.httpRoutes : index.ingresses;
    return !routes.has(`${metadata.namespace}/${name}`);
  });
  if (missing === undefined) return undefined;
  const { kind, name } = missing;
  const message = `${kind} ${metadata.namespace}/${name} does not exist: create it, or name another route`;
  return unresolved('RouteNotFound', message);
}

/**
 * What has to change so that each route has the plugins of the gateways that name it, and no other of
 * ours. Plugins that somebody else has named there stay, in their order.
 */
export function routeChanges(
  assembled: readonly Assembled[],
  gone: readonly McpGateway[],
  index: Index,
): readonly RouteChange[] {
  const ours = new Set(
    [...assembled.map(({ gateway }) => gateway), ...gone].flatMap(({ metadata }) =>
      ['mcp-oauth', 'mcp-aggregate'].map(
        (one) => `${metadata.namespace}/${pluginName(metadata.name, one)}`,
      ),
    ),
  );
  return all(index).flatMap(([kind, route]): RouteChange[] => {
    const { namespace, name, annotations = {} } = route.metadata;
    const before = annotations[pluginsAnnotation];
    const has = (before ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    const wanted = assembled.flatMap((one) => pluginsFor(one, kind, namespace, name));
    const stray = has.filter((one) => ours.has(`${namespace}/${one}`) && !wanted.includes(one));
    const lacking = wanted.filter((one) => !has.includes(one));
    if (stray.length === 0 && lacking.length === 0) return [];
    const after = [...has.filter((one) => !stray.includes(one)), ...lacking];
    return [{ kind, route, annotation: after.length === 0 ? undefined : after.join(',') }];
  });
}

function pluginsFor(
  { gateway, config }: Assembled,
  kind: string,
  namespace: string,
  name: string,
): string[] {
  const { metadata, spec } = gateway;
  const named = spec.routeRefs?.some((ref) => ref.kind === kind && ref.name === name) === true;
  if (!named || metadata.namespace !== namespace || config === undefined) return [];
  const plugins = [...(isMembers(config.oauth) ? ['mcp-oauth'] : []), 'mcp-aggregate'];
  return plugins.map((plugin) => pluginName(metadata.name, plugin));
}
