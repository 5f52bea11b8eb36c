import { ApplyError } from './apply-error.js';
import { entityId } from './entity-id.js';
import { isMembers, membersIn } from './members.js';
import type { Members } from './members.js';

/** Kinds of entities, as the Admin API names them, in the order in which they need each other. */
export const kinds = ['services', 'routes', 'plugins'] as const;
export type Kind = (typeof kinds)[number];

/** An entity as the Admin API takes it, on its own, without tags of ours. */
export interface Entity {
  readonly kind: Kind;
  readonly id: string;
  /** For people: `route mcp`, `plugin mcp-oauth of route mcp`. */
  readonly title: string;
  readonly body: Members;
}

/** Members of a document that say something about it, and are no entities. */
const remarks = /^_/;

/**
 * The services, routes and plugins of a declarative document, each on its own, with ids that stay
 * the same as long as its name does.
 * @param owner whose the document is: other owners get other ids
 * @throws ApplyError `unsupported` for entities of other kinds, and for what cannot be told apart
 */
export function entitiesOf(document: Members, owner: string): readonly Entity[] {
  const other = Object.keys(document).filter(
    (name) => !remarks.test(name) && !(kinds as readonly string[]).includes(name),
  );
  if (other.length > 0) {
    const message = `${other.join(', ')}: a Kong with a database gets services, routes and plugins alone from here; use decK for the rest`;
    throw new ApplyError('unsupported', message);
  }
  const found = new Collection(owner);
  membersIn(document, 'services').forEach((service) => found.addService(service));
  membersIn(document, 'routes').forEach((route) => found.addRoute(route, undefined));
  membersIn(document, 'plugins').forEach((plugin) => found.addPlugin(plugin, {}));
  return found.entities;
}

type Owners = { readonly service?: Entity; readonly route?: Entity };

class Collection {
  readonly entities: Entity[] = [];
  readonly #owner: string;

  constructor(owner: string) {
    this.#owner = owner;
  }

  addService({ routes, plugins, url, ...own }: Members): void {
    const body = { ...own, ...addressIn(url) };
    const service = this.#add('services', body, 'service', nameOf('service', own));
    membersIn({ routes }, 'routes').forEach((route) => this.addRoute(route, service));
    membersIn({ plugins }, 'plugins').forEach((plugin) => this.addPlugin(plugin, { service }));
  }

  addRoute({ plugins, service: reference, ...own }: Members, owner: Entity | undefined): void {
    const service = owner ?? this.#referred('services', reference, 'route');
    const body = { ...own, ...(service ? { service: { id: service.id } } : {}) };
    const route = this.#add('routes', body, 'route', nameOf('route', own));
    membersIn({ plugins }, 'plugins').forEach((plugin) => this.addPlugin(plugin, { route }));
  }

  addPlugin({ service: ofService, route: ofRoute, ...own }: Members, owners: Owners): void {
    const name = nameOf('plugin', own);
    const consumer = ['consumer', 'consumer_group'].find(
      (member) => (own[member] ?? null) !== null,
    );
    if (consumer !== undefined) {
      throw new ApplyError(
        'unsupported',
        `plugin ${name}: ${consumer} cannot be written from here`,
      );
    }
    const service = owners.service ?? this.#referred('services', ofService, 'plugin');
    const route = owners.route ?? this.#referred('routes', ofRoute, 'plugin');
    const body = {
      // Said, so that one that somebody has switched off is seen.
      enabled: true,
      ...own,
      ...(service ? { service: { id: service.id } } : {}),
      ...(route ? { route: { id: route.id } } : {}),
    };
    const place = [route?.title, service?.title].filter((title) => title !== undefined);
    const title = [`plugin ${name}`, ...place].join(' of ');
    this.#add('plugins', body, 'plugin', JSON.stringify([name, route?.id, service?.id]), title);
  }

  #add(kind: Kind, body: Members, word: string, key: string, title = `${word} ${key}`): Entity {
    const given = body['id'];
    const id = typeof given === 'string' ? given : entityId(this.#owner, kind, key);
    if (this.entities.some((one) => one.kind === kind && one.id === id)) {
      throw new ApplyError('unsupported', `${title} is there twice`);
    }
    const entity = { kind, id, title, body: { ...body, id } };
    this.entities.push(entity);
    return entity;
  }

  /** The entity of this document that a name, an id or `{name}`, `{id}` refers to. */
  #referred(kind: Kind, reference: unknown, word: string): Entity | undefined {
    if (reference === undefined || reference === null) return undefined;
    const wanted = isMembers(reference) ? (reference['id'] ?? reference['name']) : reference;
    const found = this.entities.find(
      ({ kind: own, id, body }) => own === kind && (id === wanted || body['name'] === wanted),
    );
    if (found !== undefined) return found;
    const message = `a ${word} refers to ${String(wanted)} of ${kind}, which the document does not hold`;
    throw new ApplyError('unsupported', message);
  }
}

function nameOf(word: string, { name }: Members): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new ApplyError('unsupported', `a ${word} has no name, by which it could be found again`);
}

/** `url` is a short form that the Admin API does not keep. */
function addressIn(url: unknown): Members {
  if (url === undefined || url === null) return {};
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new ApplyError('unsupported', 'the url of a service is not a URL');
  }
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const usual = scheme === 'https' ? 443 : 80;
  return {
    protocol: scheme,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? usual : Number(port),
    path: pathname === '/' ? null : pathname,
  };
}
