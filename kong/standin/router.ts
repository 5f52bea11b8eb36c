import type { Route } from './declarative.js';

const reserved = "!*'();:@&=+$,/?%#[]";

/**
 * Path normalised as Kong does before it matches: unreserved escapes decoded, the others in upper
 * case, dot segments resolved, slashes merged.
 */
export function normalizePath(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    return reserved.includes(char) ? escape.toUpperCase() : char;
  });
  const kept: string[] = [];
  const segments = decoded.split('/').slice(1);
  segments.forEach((segment, at) => {
    const last = at === segments.length - 1;
    if (segment === '..') kept.pop();
    const dots = segment === '.' || segment === '..';
    if (!dots && (segment !== '' || last)) kept.push(segment);
    else if (dots && last) kept.push('');
  });
  return `/${kept.join('/')}`;
}

/** Bytes that may not stand in a request line are percent-encoded. */
export function escapePath(path: string): string {
  return path.replace(
    /[^!#$&'()*+,/:;=?@[\]A-Za-z\d\-_.~%]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

export interface RouteMatch {
  readonly route: Route;
  /** Path to send to the Service. */
  readonly upstreamPath: string;
  /** The matched prefix, where it is stripped. */
  readonly prefix: string | undefined;
}

/** Routes in the order in which Kong asks them: regexes first, then long prefixes. */
export function sortRoutes(routes: readonly Route[]): readonly Candidate[] {
  const candidates = routes.flatMap((route) =>
    (route.paths ?? ['/']).map((path) => {
      const regex = path.startsWith('~') ? new RegExp(`^(?:${path.slice(1)})`) : undefined;
      return { route, path, regex };
    }),
  );
  const rules = ({ route }: Candidate): number =>
    Number(route.methods !== null) + Number(route.hosts !== null);
  return candidates.sort(
    (a, b) =>
      rules(b) - rules(a) ||
      Number(b.regex !== undefined) - Number(a.regex !== undefined) ||
      (a.regex ? b.route.regex_priority - a.route.regex_priority : b.path.length - a.path.length),
  );
}

export interface Candidate {
  readonly route: Route;
  readonly path: string;
  readonly regex: RegExp | undefined;
}

/** The first route that takes the request. */
export function matchRoute(
  candidates: readonly Candidate[],
  method: string,
  host: string,
  path: string,
): RouteMatch | undefined {
  for (const { route, path: prefix, regex } of candidates) {
    if (route.methods?.includes(method) === false) continue;
    if (route.hosts?.includes(host) === false) continue;
    const matched = regex ? regex.exec(path)?.[0] : path.startsWith(prefix) ? prefix : undefined;
    if (matched === undefined) continue;
    const rest = route.strip_path ? path.slice(matched.length) : path;
    const base = route.service?.path ?? '/';
    return {
      route,
      upstreamPath: joinPaths(base, rest, path.endsWith('/')),
      prefix: route.strip_path && matched !== '/' ? matched : undefined,
    };
  }
  return undefined;
}

/** Kong's `path_handling: v0`. */
function joinPaths(base: string, rest: string, slashAtEnd: boolean): string {
  const trimmed = base.endsWith('/') ? base.slice(0, -1) : base;
  if (rest === '' || rest === '/') {
    if (base === '/') return '/';
    return slashAtEnd ? `${trimmed}/` : trimmed;
  }
  return `${trimmed}${rest.startsWith('/') ? '' : '/'}${rest}`;
}
