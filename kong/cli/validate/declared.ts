type Members = Readonly<Record<string, unknown>>;

/** Where something stands in the document. */
export type Path = readonly (string | number)[];

export interface DeclaredRoute {
  readonly name: string;
  readonly given: Members;
  readonly service: Members | undefined;
}

export interface DeclaredPlugin {
  readonly name: string;
  readonly config: Members;
  readonly path: Path;
  /** The routes it acts on. */
  readonly routes: readonly DeclaredRoute[];
  /** Whether it belongs to a route. */
  readonly onRoute: boolean;
}

export interface Declared {
  readonly routes: readonly DeclaredRoute[];
  /** Those that are enabled. */
  readonly plugins: readonly DeclaredPlugin[];
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isMembers) : [];

const nameOf = (given: Members): string =>
  String((given['name'] as string | undefined) ?? 'unnamed');

/** A reference to another entity: its name, or an object with its name or id. */
function refersTo(reference: unknown, entity: Members): boolean {
  const wanted = isMembers(reference) ? (reference['name'] ?? reference['id']) : reference;
  return typeof wanted === 'string' && (wanted === entity['name'] || wanted === entity['id']);
}

/** Routes and plugins of a declarative file, wherever they stand in it. */
export function declared(document: Members): Declared {
  const services = listOf(document['services']);
  const routes: DeclaredRoute[] = [];
  const owned: { list: unknown; path: Path; routes: () => DeclaredRoute[] }[] = [];
  const addRoute = (given: Members, service: Members | undefined, path: Path): void => {
    const route = { name: nameOf(given), given, service };
    routes.push(route);
    owned.push({ list: given['plugins'], path: [...path, 'plugins'], routes: () => [route] });
  };
  services.forEach((service, at) => {
    listOf(service['routes']).forEach((route, index) =>
      addRoute(route, service, ['services', at, 'routes', index]),
    );
    const own = () => routes.filter((route) => route.service === service);
    owned.push({ list: service['plugins'], path: ['services', at, 'plugins'], routes: own });
  });
  listOf(document['routes']).forEach((route, at) => {
    const service = services.find((one) => refersTo(route['service'], one));
    addRoute(route, service, ['routes', at]);
  });
  owned.push({ list: document['plugins'], path: ['plugins'], routes: () => routes });
  const plugins = owned.flatMap(({ list, path, routes: all }) =>
    listOf(list).flatMap((plugin, at) => read(plugin, [...path, at], all())),
  );
  return { routes, plugins };
}

function read(plugin: Members, path: Path, all: readonly DeclaredRoute[]): DeclaredPlugin[] {
  if (plugin['enabled'] === false) return [];
  const routes = all.filter(
    ({ given, service }) =>
      (plugin['route'] === undefined || refersTo(plugin['route'], given)) &&
      (plugin['service'] === undefined || (service && refersTo(plugin['service'], service))),
  );
  const config = isMembers(plugin['config']) ? plugin['config'] : {};
  const onRoute = path.includes('routes') || Boolean(plugin['route']);
  return [{ name: nameOf(plugin), config, path, routes, onRoute }];
}
