import type { ApiRequest } from '../../../plugins/mcp-aggregate/core/openapi/request/build-request.js';

/** What a server reads of a parameter: a text, a list or a map, as its style says (RFC 6570). */
export type ReadBack = string | string[] | Record<string, string>;
export type Form = 'text' | 'list' | 'map';

const decode = decodeURIComponent;

/** Written from the specification of the styles alone, not from what writes them. */
export function splitList(text: string, delimiter: string): string[] {
  return text.split(delimiter).map(decode);
}

export function pairsOf(texts: readonly string[], between = '='): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(between);
      return [decode(text.slice(0, at)), decode(text.slice(at + between.length))];
    }),
  );
}

export function alternating(texts: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let at = 0; at < texts.length; at += 2) pairs.push([texts[at]!, texts[at + 1]!]);
  return Object.fromEntries(pairs);
}

/** A value in the path: what stands between `/v/` and `/end`. */
export function readPath(
  request: ApiRequest,
  style: string,
  explode: boolean,
  form: Form,
): ReadBack {
  const [, segment] = /^\/v\/([^/]*)\/end$/.exec(request.path)!;
  if (style === 'label') return readDotted(segment!, explode, form);
  if (style === 'matrix') return readMatrix(segment!, explode, form);
  if (form === 'text') return decode(segment!);
  if (form === 'list') return splitList(segment!, ',');
  return explode ? pairsOf(segment!.split(',')) : alternating(splitList(segment!, ','));
}

function readDotted(segment: string, explode: boolean, form: Form): ReadBack {
  const rest = segment.slice(1);
  if (form === 'text') return decode(rest);
  if (form === 'list') return splitList(rest, explode ? '.' : ',');
  return explode ? pairsOf(rest.split('.')) : alternating(splitList(rest, ','));
}

function readMatrix(segment: string, explode: boolean, form: Form): ReadBack {
  const parts = segment.split(';').slice(1);
  const own = (part: string) => part.slice('p='.length);
  if (form === 'text') return decode(own(parts[0]!));
  if (form === 'list')
    return explode ? parts.map((part) => decode(own(part))) : splitList(own(parts[0]!), ',');
  return explode ? pairsOf(parts) : alternating(splitList(own(parts[0]!), ','));
}

/** A value in a query or form; the parameter `other` stands beside it. */
export function readQuery(
  query: string,
  style: string,
  explode: boolean,
  form: Form,
): { value: ReadBack | undefined; others: string[] } {
  const pairs =
    query === '' ? [] : query.split('&').map((pair) => pair.split('=') as [string, string]);
  const named = pairs.map(([name, ...value]) => [decode(name), value.join('=')] as const);
  const others = named.filter(([name]) => name === 'other').map(([, value]) => decode(value));
  const rest = named.filter(([name]) => name !== 'other');
  return { value: valueOf(rest, style, explode, form), others };
}

function valueOf(
  pairs: readonly (readonly [string, string])[],
  style: string,
  explode: boolean,
  form: Form,
): ReadBack | undefined {
  if (style === 'deepObject' && form === 'map') {
    return Object.fromEntries(
      pairs.map(([name, value]) => [/^p\[(.*)\]$/s.exec(name)![1], decode(value)]),
    );
  }
  if (pairs.length === 0) return undefined;
  if (form === 'text') return decode(pairs[0]![1]);
  if (form === 'map' && explode)
    return Object.fromEntries(pairs.map(([name, value]) => [name, decode(value)]));
  if (explode || style === 'deepObject') return pairs.map(([, value]) => decode(value));
  const delimiter = { spaceDelimited: '%20', pipeDelimited: '%7C' }[style] ?? ',';
  const all = splitList(pairs[0]![1], delimiter);
  return form === 'list' ? all : alternating(all);
}
