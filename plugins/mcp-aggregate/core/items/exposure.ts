import { isPlainText } from '../../../../lib/json/protocol-keys.js';
import type { ItemKind } from './item-kinds.js';
import { AskedUri } from '../../../../lib/policy/uri/asked-uri.js';
import { filters, nameFilter, uriFilter } from './name-filter.js';
import type { NameRules, Shows } from './name-filter.js';
import type { LoggedArguments } from '../audit/argument-log.js';
import type { OwnArguments } from './own-arguments.js';
import { derivedName } from './derived-name.js';
import { promptNameFault, toolNameFault } from './names.js';
import type { UriSpace } from '../uris/uri-space.js';

/** How one server's items are shown, as configured. */
export interface ExposureRules {
  readonly name: string;
  readonly prefix: string;
  readonly tools: NameRules;
  readonly prompts: NameRules;
  /** For resources and templates, by the server's own URIs. */
  readonly resources: NameRules;
  /** By the server's own tool name. */
  readonly overrides: ReadonlyMap<string, ToolOverride>;
}

export interface ToolOverride {
  readonly rename: string | undefined;
  readonly description: string | undefined;
  /** Arguments that clients neither see nor give. */
  readonly arguments?: OwnArguments | undefined;
  /** Arguments that logging plugins write. */
  readonly logged?: LoggedArguments | undefined;
}

/** By what right an item has its name: an operator's word, its own, or ours. */
export type Claim = 'renamed' | 'own' | 'derived';

/** What clients see of an item in place of its own name or URI. */
export interface Exposed {
  readonly name: string;
  readonly claim: Claim;
  /** Why its own name cannot be shown, where the name is derived from it. */
  readonly fault?: string;
}

/** What incoming messages may hold at most; a longer URI could be listed, but never be read. */
const maxUriBytes = 4096;

/** What clients see of one server's items, and what they may ask it for. */
export class Exposure {
  readonly #rules: ExposureRules;
  readonly #uris: UriSpace;
  readonly #decides: boolean;
  readonly #shows: Readonly<Record<ItemKind, Shows>>;

  /** Whose items these are. */
  get server(): string {
    return this.#rules.name;
  }

  /** @param decidesUris whether rules of the endpoint are about URIs */
  constructor(rules: ExposureRules, uris: UriSpace, decidesUris = false) {
    this.#rules = rules;
    this.#uris = uris;
    this.#decides = decidesUris || filters(rules.resources);
    const resources = uriFilter(rules.resources);
    const tool = nameFilter(rules.tools);
    this.#shows = {
      tool,
      prompt: nameFilter(rules.prompts),
      resource: resources,
      template: resources,
    };
  }

  /** The name or URI that clients see, or why the item is left out. */
  nameOf(kind: ItemKind, original: string): Exposed | { readonly reason: string } {
    if (kind === 'resource' || kind === 'template') return this.#uriOf(original);
    if (original === '') return { reason: 'the name is empty' };
    const { prefix, overrides } = this.#rules;
    const rename = kind === 'tool' ? overrides.get(original)?.rename : undefined;
    const name = prefix + (rename ?? original);
    const faultOf = kind === 'tool' ? toolNameFault : promptNameFault;
    const fault = faultOf(name);
    if (fault === undefined) return { name, claim: rename === undefined ? 'own' : 'renamed' };
    const derived = derivedName(prefix, original);
    if (derived === undefined || faultOf(derived) !== undefined) return { reason: fault };
    return { name: derived, claim: 'derived', fault };
  }

  #uriOf(original: string): Exposed | { readonly reason: string } {
    if (original === '') return { reason: 'the URI is empty' };
    const name = this.exposeUri(original);
    if (Buffer.byteLength(name) > maxUriBytes) {
      return { reason: `with its server’s name the URI is longer than ${maxUriBytes} bytes` };
    }
    if (isPlainText(name)) return { name, claim: 'own' };
    return { reason: 'the URI has control characters or lone surrogates' };
  }

  /** Whether the configuration shows the item to anybody. */
  shows(kind: ItemKind, original: string): boolean {
    return this.#shows[kind](original) && this.unclear(kind, original) === undefined;
  }

  /**
   * Why neither a filter nor a rule could be decided on a URI, where some would have to be: it is then
   * served to nobody.
   */
  unclear(kind: ItemKind, original: string): string | undefined {
    if (!this.#decides || kind === 'tool' || kind === 'prompt') return undefined;
    const { reading } = new AskedUri(original);
    return 'unclear' in reading ? reading.unclear : undefined;
  }

  /** The description that replaces the own one of a tool. */
  descriptionOf(original: string): string | undefined {
    return this.#rules.overrides.get(original)?.description;
  }

  /** The arguments of a tool that clients neither see nor give. */
  argumentsOf(original: string): OwnArguments | undefined {
    return this.#rules.overrides.get(original)?.arguments;
  }

  /** This server's own URI for one that clients use; what is not its own stays as it is. */
  restoreUri(uri: string): string {
    const located = this.#uris.locate(uri);
    return located?.server === this.#rules.name ? located.original : uri;
  }

  /** The URI that clients see for one of this server's. */
  exposeUri(original: string): string {
    return this.#uris.expose(this.#rules.name, original);
  }
}
