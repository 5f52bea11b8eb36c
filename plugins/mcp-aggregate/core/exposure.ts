import { isPlainText } from '../../../lib/json/protocol-keys.js';
import type { ItemKind } from './item-kinds.js';
import { AskedUri } from '../../../lib/policy/uri/asked-uri.js';
import { filters, nameFilter, uriFilter } from './name-filter.js';
import type { NameRules, Shows } from './name-filter.js';
import { isToolName } from './names.js';
import type { UriSpace } from './uri-space.js';

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
}

/** What incoming messages may hold at most; a longer URI could be listed, but never be read. */
const maxUriBytes = 4096;
const maxPromptName = 128;

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
  nameOf(
    kind: ItemKind,
    original: string,
  ): { readonly name: string } | { readonly reason: string } {
    const { name: server, prefix, overrides } = this.#rules;
    if (kind === 'resource' || kind === 'template') {
      const name = this.#uris.expose(server, original);
      const fits = original !== '' && Buffer.byteLength(name) <= maxUriBytes && isPlainText(name);
      if (fits) return { name };
      return { reason: `with its server’s name the URI is not 1 to ${maxUriBytes} bytes of text` };
    }
    if (kind === 'prompt') {
      const name = prefix + original;
      const fits = original !== '' && name.length <= maxPromptName && isPlainText(name);
      if (fits) return { name };
      return { reason: `with its prefix the name is not 1 to ${maxPromptName} characters of text` };
    }
    const name = prefix + (overrides.get(original)?.rename ?? original);
    if (original !== '' && isToolName(name)) return { name };
    return { reason: 'with its prefix the name is not 1 to 128 of A-Z a-z 0-9 _ . -' };
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
