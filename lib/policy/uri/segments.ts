/** How many segments are `.` or `..`, before their parameters or a query. */
export function dotSegments(path: string): number {
  let found = 0;
  for (let at = path.indexOf('.'); at >= 0; at = path.indexOf('.', at + 1)) {
    if (at > 0 && path[at - 1] !== '/') continue;
    const end = path[at + 1] === '.' ? at + 2 : at + 1;
    if (end === path.length || ';?#/'.includes(path[end]!)) found += 1;
  }
  return found;
}

export function slashes(path: string): number {
  let found = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) found += 1;
  return found;
}

export function collapse(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

/** Without the parameters of its segments (RFC 3986 §3.3); stars of a pattern stay. */
export function withoutParameters(path: string): string {
  return path.includes(';') ? path.replace(/;[^/*]*/g, '') : path;
}

/** A path with its dot segments removed (RFC 3986 §5.2.4), and whether they lead above its root. */
export function resolveDots(path: string): { readonly path: string; readonly escapes: boolean } {
  const segments = path.split('/');
  const last = segments.at(-1);
  const kept: string[] = [];
  let escapes = false;
  for (const [place, segment] of segments.entries()) {
    if (segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    // The empty segment before the first slash is the root.
    else if (kept.length > (segments[0] === '' && place > 0 ? 1 : 0)) kept.pop();
    else escapes = true;
  }
  if (last === '.' || last === '..') kept.push('');
  return { path: kept.join('/'), escapes };
}
