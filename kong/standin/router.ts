import type { Headers } from './headers.js';
import type { Route } from './model.js';

const reserved = "!*'();:@&=+$,/?%#[]";

/** Unreserved escapes decoded, dot segments resolved, slashes merged: the path Kong matches. */
export function normalizePath(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    // Bytes beyond ASCII would be encoded again on the way out.
    return reserved.includes(char) || char > '~' ? escape.toUpperCase() : char;
  });
  const kept: string[] = [];
  for (const segment of decoded.split('/').slice(1)) {
    if (segment === '..') kept.pop();
    if (!['', '.', '..'].includes(segment)) kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && /\/\.{0,2}$/.test(decoded) ? '/' : ''}`;
}

/** Characters that may not stand in a request line, percent-encoded. */
export const escapePath = (path: string): string =>
  path.replace(/[^!#$&'()*+,/:;=?@[\]\w\-.~%]/g, (char) => encodeURIComponent(char));

export interface RouteMatch {
  readonly route: Route;
  /** Path to send to the Service. */
  readonly upstreamPath: string;
  /** The matched prefix, where it is stripped. */
  readonly prefix: string | undefined;
}

interface Candidate {
  readonly route: Route;
  readonly path: string;
  readonly regex: RegExp | undefined;
}

/** Kong's router: routes with more kinds of rules first, then regexes, then long prefixes. */
export class Router {
  readonly #candidates: readonly Candidate[];

  constructor(routes: readonly Route[]) {
    const candidates = routes.flatMap((route) =>
      (route.paths ?? ['/']).map((path) => {
        const regex = path.startsWith('~') ? new RegExp(`^(?:${path.slice(1)})`) : undefined;
        return { route, path, regex };
      }),
    );
    const rules = ({ methods, hosts, headers }: Route): number =>
      Number(!!methods) + Number(!!hosts) + Number(!!headers);
    this.#candidates = candidates.sort(
      (a, b) =>
        rules(b.route) - rules(a.route) ||
        Number(!!b.regex) - Number(!!a.regex) ||
        (a.regex ? b.route.regex_priority - a.route.regex_priority : b.path.length - a.path.length),
    );
  }

  match(
    method: string,
    host: string,
    path: string,
    headers: Pick<Headers, 'all'>,
  ): RouteMatch | undefined {
    for (const { route, path: prefix, regex } of this.#candidates) {
      if (route.methods?.includes(method) === false) continue;
      if (route.hosts?.includes(host) === false) continue;
      if (!fits(route.headers ?? {}, headers)) continue;
      const matched = regex ? regex.exec(path)?.[0] : path.startsWith(prefix) ? prefix : undefined;
      if (matched === undefined) continue;
      const rest = route.strip_path ? path.slice(matched.length) : path;
      return {
        route,
        upstreamPath: joinPaths(route.service?.path ?? '/', rest, path.endsWith('/')),
        prefix: route.strip_path && matched !== '/' ? matched : undefined,
      };
    }
    return undefined;
  }
}

/** Of each header, one line has one of the values, in whatever case. */
function fits(wanted: NonNullable<Route['headers']>, headers: Pick<Headers, 'all'>): boolean {
  return Object.entries(wanted).every(([name, values]) => {
    const lower = values.map((value) => value.toLowerCase());
    return headers.all(name).some((line) => lower.includes(line.toLowerCase()));
  });
}

/** Kong's `path_handling: v0`. */
function joinPaths(base: string, rest: string, slashAtEnd: boolean): string {
  const trimmed = base.replace(/\/$/, '');
  if (rest === '' || rest === '/') return slashAtEnd ? `${trimmed}/` : trimmed || '/';
  return `${trimmed}/${rest.replace(/^\//, '')}`;
}
