import { ConfigError } from '../../../lib/errors/errors.js';
import type { ServerOfItem, ViewTarget } from '../../../lib/policy/item-views.js';
import { readCondition } from '../../../lib/policy/read-policy.js';
import type { AggregateKongConfig } from '../../../schema/mcp-aggregate.js';
import { PrefixIndex } from '../core/items/names.js';
import { EndpointViews, withoutSlash } from '../core/policy/endpoint-views.js';
import type { EndpointView } from '../core/policy/endpoint-views.js';
import { UriSpace } from '../core/uris/uri-space.js';
import type { ExposureConfig } from './config-exposure.js';

type KongView = NonNullable<AggregateKongConfig['views']>[number];

/**
 * The views of an endpoint; undefined where there are none.
 * @throws ConfigError naming the view
 */
export function readViews({
  views,
  views_only: only,
}: AggregateKongConfig): EndpointViews | undefined {
  // Kong hands on an empty list as `{}`.
  const given = Array.isArray(views) ? (views as readonly KongView[]) : [];
  if (given.length === 0) {
    if (only) throw new ConfigError('views_only', 'needs views: without any, nothing is shown');
    return undefined;
  }
  const all = given.map(readView);
  refuseDoubles(all);
  return new EndpointViews(all, only);
}

/** Which server an item belongs to: by prefix and URI, so by the configuration alone. */
export function serverOfItems(
  servers: readonly Pick<ExposureConfig, 'name' | 'prefix' | 'plainUris'>[],
): ServerOfItem {
  const prefixes = new PrefixIndex(servers, ({ prefix }) => prefix);
  const uris = new UriSpace(servers);
  return (kind, name) =>
    kind === 'tool' || kind === 'prompt' ? prefixes.ownerOf(name)?.name : uris.locate(name)?.server;
}

function readView(view: KongView): EndpointView {
  const field = `views[${view.name}]`;
  const path = view.path ? withoutSlash(view.path) : undefined;
  const claim = view.claim ? readClaim(field, view, view.claim) : undefined;
  if ((path === undefined) === (claim === undefined)) {
    throw new ConfigError(field, 'needs exactly one of path and claim');
  }
  if (claim === undefined && (view.equals ?? view.contains ?? view.one_of?.[0]) !== undefined) {
    throw new ConfigError(field, 'has a condition without a claim');
  }
  const target = readTarget(view);
  if (Object.values(target).every((names: readonly string[]) => names.length === 0)) {
    throw new ConfigError(field, 'shows nothing: it needs servers, tools, prompts or resources');
  }
  const instructions = view.instructions ?? undefined;
  const discovery = readDiscovery(field, view, target);
  return { name: view.name, path, claim, target, instructions, discovery };
}

function readDiscovery(
  field: string,
  { discovery, always_listed: listed }: KongView,
  { servers, tools }: ViewTarget,
): EndpointView['discovery'] {
  const names = list(listed);
  if (!discovery) {
    if (names.length === 0) return undefined;
    throw new ConfigError(`${field}.always_listed`, 'needs discovery: without it all are listed');
  }
  if (servers.length + tools.length > 0) return { listed: names };
  throw new ConfigError(`${field}.discovery`, 'needs servers or tools: the view shows no tools');
}

function readClaim(field: string, view: KongView, claim: string): EndpointView['claim'] {
  const { equals, contains, one_of } = view;
  return readCondition(field, { claim, equals, contains, one_of });
}

function readTarget({ servers, tools, prompts, resources }: KongView): ViewTarget {
  return {
    servers: list(servers),
    tools: list(tools),
    prompts: list(prompts),
    resources: list(resources),
  };
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function refuseDoubles(views: readonly EndpointView[]): void {
  const seen = new Set<string>();
  for (const { name, path } of views) {
    if (seen.has(`name ${name}`)) throw new ConfigError('views', `two have the name ${name}`);
    if (path !== undefined && seen.has(path)) {
      throw new ConfigError('views', `two have the path ${path}`);
    }
    seen.add(`name ${name}`).add(path ?? '');
  }
}
