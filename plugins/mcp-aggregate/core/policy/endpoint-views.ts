import { claimAt } from '../../../../lib/identity/claim-path.js';
import type { ClaimPath } from '../../../../lib/identity/claim-path.js';
import { fulfils } from '../../../../lib/policy/claim.js';
import type { ClaimCondition, Claims } from '../../../../lib/policy/claim.js';
import type { Sees, ViewTarget } from '../../../../lib/policy/item-views.js';
import { together } from '../discovery/discovery.js';
import type { Discovery } from '../discovery/discovery.js';

/** A named subset of an endpoint; it applies by exactly one of `path` and `claim`. */
export interface EndpointView {
  readonly name: string;
  /** Of requests, without a slash at its end. */
  readonly path: string | undefined;
  readonly claim: { readonly path: ClaimPath; readonly condition: ClaimCondition } | undefined;
  readonly target: ViewTarget;
  readonly instructions: string | undefined;
  /** Set where its tools are searched for in place of being listed. */
  readonly discovery?: Discovery | undefined;
}

/** Which views apply to a request. */
export class EndpointViews {
  readonly all: readonly EndpointView[];
  readonly #only: boolean;
  readonly #byPath: ReadonlyMap<string, number>;

  /** @param only whether nothing is shown where no view applies */
  constructor(all: readonly EndpointView[], only: boolean) {
    this.all = all;
    this.#only = only;
    this.#byPath = new Map(
      all.flatMap(({ path }, index) => (path === undefined ? [] : [[path, index] as const])),
    );
  }

  /** Whether some view goes by the path of requests. */
  get byPath(): boolean {
    return this.#byPath.size > 0;
  }

  /**
   * What a request is confined to: the view of its path, and of the views that the caller's claims
   * choose any. Undefined where nothing is left out.
   */
  seesOf(claims: Claims, path: string | undefined): Sees | undefined {
    const ofPath = path === undefined ? undefined : this.#byPath.get(withoutSlash(path));
    const ofClaims = this.all.flatMap(({ claim }, index) =>
      claim && fulfils(claimAt(claims, claim.path), claim.condition) ? [index] : [],
    );
    const groups = [ofPath === undefined ? [] : [ofPath], ofClaims].filter(
      ({ length }) => length > 0,
    );
    if (groups.length > 0) return groups;
    return this.#only ? [[]] : undefined;
  }

  /** Whether and how tools are searched for through these views: as soon as one of them says so. */
  discoveryOf(sees: Sees | undefined): Discovery | undefined {
    return together((sees ?? []).flat().flatMap((index) => this.all[index]?.discovery ?? []));
  }

  /** What clients are told of an endpoint through these views; undefined where they say nothing. */
  instructionsFor(sees: Sees | undefined): string | undefined {
    const said = (sees ?? []).flat().flatMap((index) => this.all[index]?.instructions ?? []);
    return said.length === 0 ? undefined : said.join('\n\n');
  }
}

/** One spelling of a path. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
