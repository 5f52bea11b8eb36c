/** How many slashes and what after them make an authority, in the words of the WHATWG URL standard. */
export type SchemeKind =
  /** `file`: any or no slashes, and a host that many readers ignore. */
  | 'file'
  /** `http` and the like: any or no slashes, always a host. */
  | 'special'
  /** Any other scheme: a host after two slashes. */
  | 'other'
  /** No scheme: a path, which servers of files take as they take `file`. */
  | 'none';

/** A URI, or a pattern for URIs, taken apart by RFC 3986; nothing is decoded. */
export interface UriParts {
  /** By which the gateway says whose URI it is: `mcp+<server>+`, `ui://mcp+<server>/`, or none. */
  readonly lead: string;
  /** In lower case; empty where there is none. */
  readonly scheme: string;
  readonly kind: SchemeKind;
  /** Undefined where there is none; else also empty. */
  readonly authority: string | undefined;
  readonly path: string;
  /** From the first `?` or `#` on. */
  readonly tail: string;
}

const mapped = /^(?:mcp\+[a-z0-9*][a-z0-9*-]*\+)+/i;
const mappedUi = /^ui:\/\/mcp\+[a-z0-9*][a-z0-9*-]*\//i;
const schemeForm = /^([a-z][a-z0-9+.-]+):(\/*)([^]*)$/i;
const kinds: ReadonlyMap<string, SchemeKind> = new Map([
  ['file', 'file'],
  ...['http', 'https', 'ws', 'wss', 'ftp'].map((scheme) => [scheme, 'special'] as const),
]);

/** Takes a URI apart, as clients see it: mapped (`docs/names-and-uris.md`) or not. */
export function uriParts(uri: string): UriParts {
  const text = uri.trim();
  const ui = mappedUi.exec(text)?.[0];
  if (ui !== undefined) {
    return { ...split(`ui://${text.slice(ui.length)}`), lead: ui.toLowerCase() };
  }
  const lead = mapped.exec(text)?.[0] ?? '';
  return { ...split(text.slice(lead.length).trim()), lead: lead.toLowerCase() };
}

/** The whole text again, of a form of the original. */
export function withLead(lead: string, form: string): string {
  return lead.startsWith('ui:') ? lead + form.slice('ui://'.length) : lead + form;
}

function split(text: string): Omit<UriParts, 'lead'> {
  const found = schemeForm.exec(text);
  if (found === null) {
    return { scheme: '', kind: 'none', authority: undefined, ...cutTail(text) };
  }
  const scheme = found[1]!.toLowerCase();
  const slashes = found[2]!.length;
  const rest = found[3]!;
  const kind = kinds.get(scheme) ?? 'other';
  if (kind === 'special' || slashes === 2) {
    const end = rest.search(/[/?#]/);
    const authority = end < 0 ? rest : rest.slice(0, end);
    return { scheme, kind, authority, ...cutTail(end < 0 ? '' : rest.slice(end)) };
  }
  // `file:/x` and `file:///x` are one.
  const path = slashes > 0 ? '/'.repeat(Math.max(1, slashes - 2)) + rest : rest;
  const authority = slashes > 0 || kind === 'file' ? '' : undefined;
  return { scheme, kind, authority, ...cutTail(path) };
}

function cutTail(text: string): { readonly path: string; readonly tail: string } {
  const at = text.search(/[?#]/);
  return at < 0 ? { path: text, tail: '' } : { path: text.slice(0, at), tail: text.slice(at) };
}
