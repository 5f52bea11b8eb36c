import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { FieldSpec } from '../../schema/fields.js';
import type { Handler } from './handler.js';
import { flag, list, named } from './specs.js';
import { checkField, checkRecord, isMembers } from './schema-check.js';
import type { Errors } from './schema-check.js';

/** Members as in Kong's own entities: snake case, defaults applied. */
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
  readonly service: Service | null;
  readonly paths: readonly string[] | null;
  readonly methods: readonly string[] | null;
  readonly hosts: readonly string[] | null;
  readonly strip_path: boolean;
  readonly preserve_host: boolean;
  readonly regex_priority: number;
}

export interface Plugin {
  readonly id: string;
  readonly name: string;
  readonly handler: Handler;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Model {
  readonly routes: readonly Route[];
  /** The plugins that act on a route, highest priority first. */
  chain(route: Route): readonly Plugin[];
}

type Members = Record<string, unknown>;
type Owner = { readonly route?: Route; readonly service?: Service | null };

const text: FieldSpec = { type: 'string' };
const timeout: FieldSpec = { type: 'integer', default: 60000, between: [1, 2 ** 31 - 2] };
const common = { id: text, name: text, tags: list() };
const protocols = { ...list({ one_of: ['http', 'https'] }), default: ['http', 'https'] };

const serviceFields = named({
  ...common,
  protocol: { type: 'string', one_of: ['http', 'https'], default: 'http' },
  host: { type: 'string', required: true },
  port: { type: 'integer', between: [0, 65535], default: 80 },
  path: { type: 'string', starts_with: '/' },
  retries: { type: 'integer', default: 5, between: [0, 32767] },
  connect_timeout: timeout,
  write_timeout: timeout,
  read_timeout: timeout,
  enabled: flag(true),
});
const routeFields = named({
  ...common,
  protocols,
  methods: list({ match: '^%u+$' }),
  hosts: list(),
  paths: list({ match: '^~?/' }),
  regex_priority: { type: 'integer', default: 0 },
  strip_path: flag(true),
  preserve_host: flag(false),
  request_buffering: flag(true),
  response_buffering: flag(true),
});
const pluginFields = named({ ...common, protocols, instance_name: text, enabled: flag(true) });

/** One text for all that is wrong, laid out as Kong lays it out. */
function render(errors: Errors, parent: string, indent = ''): string {
  if (typeof errors === 'string') return ` ${errors}`;
  const lines = Object.entries(errors).map(([key, inner]) => {
    const place = /^\d+$/.test(key) ? `- in entry ${key} of '${parent}'` : `in '${key}'`;
    return `\n${indent}${place}:${render(inner, key, `${indent}  `)}`;
  });
  return lines.join('');
}

function id(...parts: readonly unknown[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [8, 13, 17, 21, 33].map((end, at) => hex.slice([0, 9, 13, 17, 21][at], end)).join('-');
}

function expandUrl(given: Members): Members {
  const { url, ...rest } = given;
  if (typeof url !== 'string' || !URL.canParse(url)) return given;
  const { protocol, hostname, port, pathname } = new URL(url);
  const path = pathname === '/' ? {} : { path: pathname };
  const fallback = protocol === 'https:' ? 443 : 80;
  return {
    protocol: protocol.slice(0, -1),
    host: hostname,
    port: Number(port || fallback),
    ...path,
    ...rest,
  };
}

type Resolver = (reference: string) => string;

/** Reads one declarative file; a second use would mix its entities with the first. */
class Reader {
  readonly services: Service[] = [];
  readonly routes: Route[] = [];
  readonly plugins: { readonly plugin: Plugin; readonly owner: Owner }[] = [];
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #enabled: readonly string[];
  readonly #resolve: Resolver;

  constructor(
    handlers: ReadonlyMap<string, Handler>,
    enabled: readonly string[],
    resolve: Resolver,
  ) {
    this.#handlers = handlers;
    this.#enabled = enabled;
    this.#resolve = resolve;
  }

  read(document: Members): Errors | undefined {
    const {
      _format_version: version,
      _transform: _,
      services,
      routes,
      plugins,
      ...rest
    } = document;
    const unknown = 'the stand-in has services, routes and plugins only; use a real Kong';
    return merge(Object.fromEntries(Object.keys(rest).map((key) => [key, unknown])), {
      _format_version: version === '3.0' ? undefined : "expected '3.0'",
      services: this.#each(services, (given) => this.#service(given)),
      routes: this.#each(routes, (given) => this.#route(given)),
      plugins: this.#each(plugins, (given) => this.#plugin(given, {})),
    });
  }

  #each(value: unknown, read: (given: Members) => Errors | undefined): Errors | undefined {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return 'expected an array';
    const errors = value.map((given) => (isMembers(given) ? read(given) : 'expected a record'));
    return merge({}, Object.fromEntries(errors.map((error, at) => [String(at + 1), error])));
  }

  #service(given: Members): Errors | undefined {
    const { routes, plugins, ...own } = expandUrl(given);
    const { value, errors } = checkRecord(serviceFields, [], own, this.#resolve);
    const service = { ...(value as Service), id: id('service', own.name ?? this.services.length) };
    this.services.push(service);
    return merge(errors, {
      routes: this.#each(routes, (route) => this.#route(route, service)),
      plugins: this.#each(plugins, (plugin) => this.#plugin(plugin, { service })),
    });
  }

  #route(given: Members, parent?: Service): Errors | undefined {
    const { plugins, service: reference, ...own } = given;
    const service = parent ?? find(this.services, reference);
    const { value, errors } = checkRecord(routeFields, [], own, this.#resolve);
    const key = id('route', own.name ?? this.routes.length);
    const route = { ...(value as Route), id: key, service: service ?? null };
    this.routes.push(route);
    return merge(errors, {
      service: service === undefined && reference ? 'no such service' : undefined,
      plugins: this.#each(plugins, (plugin) => this.#plugin(plugin, { route })),
    });
  }

  #plugin(given: Members, parent: Owner): Errors | undefined {
    const { config, service, route, ...own } = given;
    const name = String(own.name);
    const handler = this.#handlers.get(name);
    const bundled = this.#enabled.includes('bundled') && handler?.bundled === true;
    if (handler === undefined) {
      return { name: `the stand-in does not have plugin '${name}'; use a real Kong` };
    }
    if (!bundled && !this.#enabled.includes(name)) {
      return {
        name: `plugin '${name}' not enabled; add it to the 'plugins' configuration property`,
      };
    }
    const owner = {
      route: parent.route ?? find(this.routes, route),
      service: parent.service ?? find(this.services, service),
    };
    const { errors } = checkRecord(pluginFields, [], own, this.#resolve);
    const checked = checkField(handler.config, config, this.#resolve);
    const key = id('plugin', name, owner.route?.id, owner.service?.id);
    const plugin = { id: key, name, handler, config: checked.value as Members };
    if (own.enabled !== false) this.plugins.push({ plugin, owner });
    return merge(errors, {
      config: checked.errors,
      route: route && !owner.route ? 'no such route' : undefined,
      service: service && !owner.service ? 'no such service' : undefined,
    });
  }
}

function merge(
  own: Errors | undefined,
  more: Record<string, Errors | undefined>,
): Errors | undefined {
  const all = { ...(isMembers(own) ? own : {}), ...more };
  const found = Object.entries(all).filter(([, error]) => error !== undefined);
  return found.length > 0 ? (Object.fromEntries(found) as Errors) : undefined;
}

function find<T extends { name: string | null }>(
  all: readonly T[],
  reference: unknown,
): T | undefined {
  const name = isMembers(reference) ? (reference.name ?? reference.id) : reference;
  return all.find((one) => one.name === name);
}

/**
 * Reads a declarative file in format 3.0.
 * @throws Error that names each wrong field
 */
export function readModel(
  yaml: string,
  handlers: ReadonlyMap<string, Handler>,
  enabled: readonly string[],
  resolve: Resolver,
): Model {
  const document: unknown = parse(yaml);
  const reader = new Reader(handlers, enabled, resolve);
  const errors = isMembers(document) ? reader.read(document) : { file: 'expected a mapping' };
  if (errors !== undefined)
    throw new Error(`error parsing declarative config file:${render(errors, '')}`);
  const chain = (route: Route): readonly Plugin[] => {
    const chosen = new Map<string, { readonly weight: number; readonly plugin: Plugin }>();
    for (const { plugin, owner } of reader.plugins) {
      const foreign = owner.route && owner.route !== route;
      if (foreign || (owner.service && owner.service !== route.service)) continue;
      const weight = (owner.route ? 2 : 0) + (owner.service ? 1 : 0);
      const best = chosen.get(plugin.name);
      if (best === undefined || weight > best.weight) chosen.set(plugin.name, { weight, plugin });
    }
    const plugins = [...chosen.values()].map(({ plugin }) => plugin);
    return plugins.sort((a, b) => b.handler.priority - a.handler.priority);
  };
  return { routes: reader.routes, chain };
}
