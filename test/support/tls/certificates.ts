import { authority } from './authority.js';
import type { Issued } from './authority.js';

export interface Certificates extends Issued {
  /** The authority's certificate, in PEM. */
  readonly ca: string;
}

/** A certificate authority of this run and a server certificate for these names (`DNS:…`, `IP:…`). */
export function certificates(...names: readonly string[]): Certificates {
  const own = authority();
  return { ca: own.ca, ...own.issue(names) };
}
