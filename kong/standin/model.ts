import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { checkField } from '../../schema/check/check.js';
import type { Errors, Members, OpenSpec, Resolve } from '../../schema/check/check.js';
import type { FieldSpec } from '../../schema/fields.js';
import { flag, list, record, text, timeout } from './external/handler-info.js';
import type { HandlerInfo } from './external/handler-info.js';

/** Kong's entities with Kong's names, defaults applied; what is not set is null. */
export interface Service {
  readonly id: string;
  readonly name: string | null;
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string | null;
  readonly read_timeout: number;
}

export interface Route {
  readonly id: string;
  readonly name: string | null;
  readonly service: Service | undefined;
  readonly paths: readonly string[] | null;
  readonly methods: readonly string[] | null;
  readonly hosts: readonly string[] | null;
  /** Values that match, by name. */
  readonly headers: Readonly<Record<string, readonly string[]>> | null;
  readonly regex_priority: number;
  readonly strip_path: boolean;
  readonly preserve_host: boolean;
}

export interface Plugin {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[] | null;
  readonly handler: HandlerInfo;
  readonly config: Members;
  readonly route: Route | undefined;
  readonly service: Service | undefined;
}

export interface Consumer {
  readonly id: string;
  readonly username: string | null;
  readonly custom_id: string | null;
}

export type Handlers = ReadonlyMap<string, HandlerInfo>;

const common = { id: text, name: text, tags: list() };
const protocols = { ...list({ one_of: ['http', 'https'] }), default: ['http', 'https'] };
const many = (elements: OpenSpec): FieldSpec => ({ type: 'array', elements });

/** The whole document as one schema; `plugin` tells the schema of each plugin by its name. */
function documentSpec(plugin: NonNullable<OpenSpec['refine']>): FieldSpec {
  const plugins = many({ type: 'record', refine: plugin });
  const route = {
    ...common,
    plugins,
    protocols,
    methods: list({ match: '^%u+$' }),
    hosts: list(),
    headers: { type: 'map', keys: text, values: list() },
    paths: list({ match: '^~?/' }),
    regex_priority: { type: 'integer', default: 0 },
    strip_path: flag(true),
    preserve_host: flag(false),
    request_buffering: flag(true),
    response_buffering: flag(true),
  } as const;
  const service = {
    ...common,
    plugins,
    routes: many(record(route)),
    url: { type: 'string', match: '^https?://.+' },
    protocol: { type: 'string', one_of: ['http', 'https'], default: 'http' },
    host: text,
    port: { type: 'integer', between: [0, 65535], default: 80 },
    path: { type: 'string', starts_with: '/' },
    retries: { type: 'integer', default: 5, between: [0, 32767] },
    connect_timeout: timeout,
    write_timeout: timeout,
    read_timeout: timeout,
    enabled: flag(true),
  } as const;
  return record({
    _format_version: { type: 'string', required: true, one_of: ['3.0'] },
    _transform: flag(true),
    services: many(record(service, [{ only_one_of: ['url', 'host'] }])),
    routes: many(record({ ...route, service: text })),
    plugins,
    consumers: many(record({ id: text, username: text, custom_id: text, tags: list() })),
  });
}

/** A declarative file is wrong; `errors` are laid out by its fields. */
export class DeclarativeError extends Error {
  readonly errors: Errors;

  constructor(errors: Errors) {
    super(
      `error parsing declarative config file:${render(errors)}\n` +
        'The stand-in has services, routes, consumers and a few plugins; for all else use a real Kong.',
    );
    this.errors = errors;
  }
}

/** One text for all that is wrong, laid out as Kong lays it out. */
function render(errors: Errors, parent = '', indent = ''): string {
  if (typeof errors === 'string') return ` ${errors}`;
  const lines = Object.entries(errors).map(([key, inner]) => {
    const place = /^\d+$/.test(key) ? `- in entry ${key} of '${parent}'` : `in '${key}'`;
    return `\n${indent}${place}:${render(inner, key, `${indent}  `)}`;
  });
  return lines.join('');
}

/** The same for the same entity after a reload, as Kong's are without a database. */
function idOf(...parts: readonly unknown[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

function address(url: unknown): Partial<Service> {
  if (typeof url !== 'string') return {};
  const { protocol, hostname, port, pathname } = new URL(url);
  const path = pathname === '/' ? null : pathname;
  const scheme = protocol === 'https:' ? 'https' : 'http';
  return {
    protocol: scheme,
    host: hostname,
    port: Number(port || (scheme === 'https' ? 443 : 80)),
    path,
  };
}

/** What a declarative file describes. */
export class Model {
  readonly routes: Route[] = [];
  readonly consumers: readonly Consumer[];
  readonly #services: Service[] = [];
  readonly #plugins: Plugin[] = [];

  /** @throws DeclarativeError that names each wrong field of the file */
  constructor(yaml: string, handlers: Handlers, enabled: readonly string[], resolve: Resolve) {
    const spec = documentSpec(({ name }) => pluginSpec(String(name), handlers, enabled));
    const { value, errors } = checkField(spec, parse(yaml), resolve);
    if (errors !== undefined) throw new DeclarativeError(errors);
    const document = value as Record<string, Members[] | null>;
    this.consumers = (document['consumers'] ?? []).map((given) => {
      const id = given['id'] ?? idOf('consumer', given['username'], given['custom_id']);
      return { ...given, id } as Consumer;
    });
    for (const { url, routes, plugins, ...given } of document['services'] ?? []) {
      const id = idOf('service', given['name'] ?? this.#services.length);
      const service = { ...given, ...address(url), id } as unknown as Service;
      this.#services.push(service);
      this.#addPlugins(plugins, handlers, { service });
      for (const route of (routes ?? []) as Members[]) this.#addRoute(route, service, handlers);
    }
    for (const route of document['routes'] ?? []) {
      this.#addRoute(route, find(this.#services, route['service']), handlers);
    }
    this.#addPlugins(document['plugins'], handlers, {});
  }

  /** Entities of a kind, as the Admin API names it. */
  listed(kind: string): readonly object[] {
    if (kind === 'services') return this.#services;
    if (kind === 'routes') return this.routes;
    if (kind === 'consumers') return this.consumers;
    // The handler is the stand-in's own affair.
    return kind === 'plugins' ? this.#plugins.map((plugin) => ({ ...plugin, handler: null })) : [];
  }

  /** The plugins that act on a route, highest priority first; of equal names the most specific. */
  chain(route: Route): readonly Plugin[] {
    const fits = this.#plugins.filter(
      (plugin) =>
        (plugin.route ?? route) === route && (plugin.service ?? route.service) === route.service,
    );
    const weight = (plugin: Plugin): number => (plugin.route ? 2 : 0) + (plugin.service ? 1 : 0);
    fits.sort((a, b) => weight(a) - weight(b));
    const chosen = [...new Map(fits.map((plugin) => [plugin.name, plugin])).values()];
    return chosen.sort((a, b) => b.handler.priority - a.handler.priority);
  }

  #addRoute(given: Members, service: Service | undefined, handlers: Handlers): void {
    const { plugins, ...own } = given;
    const id = idOf('route', own['name'] ?? this.routes.length);
    const route = { ...own, id, service } as unknown as Route;
    this.routes.push(route);
    this.#addPlugins(plugins, handlers, { route });
  }

  #addPlugins(
    given: unknown,
    handlers: Handlers,
    owner: { route?: Route; service?: Service },
  ): void {
    for (const { name, config, enabled, tags, ...own } of (given ?? []) as Members[]) {
      const route = owner.route ?? find(this.routes, own['route']);
      const service = owner.service ?? find(this.#services, own['service']);
      const handler = handlers.get(String(name))!;
      const id = idOf('plugin', name, route?.id, service?.id);
      const plugin: Plugin = {
        id,
        name: String(name),
        tags: (tags ?? null) as Plugin['tags'],
        handler,
        config: config as Members,
        route,
        service,
      };
      if (enabled !== false) this.#plugins.push(plugin);
    }
  }
}

function pluginSpec(
  name: string,
  handlers: Handlers,
  enabled: readonly string[],
): FieldSpec | string {
  const handler = handlers.get(name);
  if (handler === undefined) return `the stand-in does not have plugin '${name}'; use a real Kong`;
  if (!enabled.includes(handler.bundled ? 'bundled' : name)) {
    return `plugin '${name}' not enabled; add it to the 'plugins' configuration property`;
  }
  const own = { enabled: flag(true), instance_name: text, protocols, route: text, service: text };
  return record({ ...common, ...own, config: handler.config });
}

function find<T extends { readonly name: string | null }>(
  all: readonly T[],
  name: unknown,
): T | undefined {
  const found = all.find((one) => one.name === name);
  if (found === undefined && typeof name === 'string')
    throw new Error(`nothing is named '${name}'`);
  return typeof name === 'string' ? found : undefined;
}
