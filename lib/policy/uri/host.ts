import type { SchemeKind } from './uri-parts.js';

/** What an authority names, in one spelling. */
export interface Authority {
  /** With its `@`; empty where there is none. */
  readonly userinfo: string;
  /** Without a port that the scheme has anyway. */
  readonly host: string;
}

const defaultPorts: Readonly<Record<string, string>> = {
  http: '80',
  ws: '80',
  https: '443',
  wss: '443',
  ftp: '21',
};
/** More is no name of a host, nor 64 in one label (RFC 1035), and IDNA takes quadratic time. */
const longestName = 255;
/** A template may have its port from a variable. */
const portForm = /^(?:\d*|\{[^{}]*\})$/;
/** A colon that begins no port, outside of an address in brackets. */
const portless = /^[^[]*:/;
/** Needs no further reading; a last label of digits may be an address in disguise. */
const plainHost = /^(?:[a-z0-9_-]+\.)*[a-z_-][a-z0-9_-]*$/;

/**
 * The authority of a URI, its escapes undone; undefined where it is no host that URL parsers would
 * agree on. A host in a pattern, with `*`, stays as it is but for capitals.
 */
export function readAuthority(
  text: string,
  scheme: string,
  kind: SchemeKind,
): Authority | undefined {
  const at = text.lastIndexOf('@') + 1;
  const { name, port } = cutPort(text.slice(at).toLowerCase());
  const isPattern = name.includes('*');
  if (!isPattern && (name === '' ? port !== undefined : portless.test(name))) return undefined;
  const host = isPattern ? name : (canonicalHost(name) ?? (kind === 'other' ? name : undefined));
  if (host === undefined) return undefined;
  const number = port?.replace(/^0+(?=\d)/, '') ?? '';
  const shown = number === '' || number === defaultPorts[scheme] ? '' : `:${number}`;
  return { userinfo: text.slice(0, at), host: host.replace(/\.$/, '') + shown };
}

function cutPort(text: string): { readonly name: string; readonly port: string | undefined } {
  const at = text.lastIndexOf(':');
  const port = text.slice(at + 1);
  if (at < 0 || !portForm.test(port)) return { name: text, port: undefined };
  return { name: text.slice(0, at), port };
}

/** One spelling for all those that WHATWG's and IDNA's rules take for the same host. */
function canonicalHost(name: string): string | undefined {
  if (name === '' || plainHost.test(name)) return name;
  if (name.length > longestName || /[/?#@\\]|[^.]{64}/.test(name)) return undefined;
  const address = `http://${name}/`;
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}
