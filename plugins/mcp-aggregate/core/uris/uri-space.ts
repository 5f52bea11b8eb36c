/**
 * URIs of many servers in one space. Each server's URIs carry its name in front:
 *
 *     test://a/{id}      mcp+<server>+test://a/{id}
 *     ui://app/view      ui://mcp+<server>/app/view
 *
 * Text is only ever put in front of the original (for `ui://` after the scheme that hosts of apps
 * look for), so it can be taken off again whatever the original is; expanding a mapped template
 * gives the mapped URI of the expanded one; and normalising a mapped URI changes nothing that
 * normalising the original would not.
 */
export interface Located {
  readonly server: string;
  /** The URI as the server knows it. */
  readonly original: string;
}

export interface UriOwner {
  readonly name: string;
  /** Whether its URIs stay as they are; one server of an endpoint at most. */
  readonly plainUris: boolean;
}

const plainForm = /^mcp\+([a-z0-9][a-z0-9-]*)\+([^]*)$/i;
const uiForm = /^(ui:\/\/)mcp\+([a-z0-9][a-z0-9-]*)\/([^]*)$/i;
const uiScheme = /^ui:\/\//i;

export class UriSpace {
  /** By name in lower case: schemes and hosts may lose their capitals on the way. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #plain: string | undefined;

  constructor(servers: readonly UriOwner[]) {
    this.#names = new Map(servers.map(({ name }) => [name.toLowerCase(), name]));
    this.#plain = servers.find(({ plainUris }) => plainUris)?.name;
  }

  /** The URI, or URI template, that clients see for one of a server's. */
  expose(server: string, original: string): string {
    // A plain URI that looks like a mapped one is mapped, lest it be taken for another server's.
    if (server === this.#plain && this.#mapped(original) === undefined) return original;
    if (!uiScheme.test(original)) return `mcp+${server}+${original}`;
    return `${original.slice(0, 5)}mcp+${server}/${original.slice(5)}`;
  }

  /** The server that a client's URI belongs to; undefined where none can be meant. */
  locate(uri: string): Located | undefined {
    const mapped = this.#mapped(uri);
    if (mapped !== undefined || this.#plain === undefined) return mapped;
    return { server: this.#plain, original: uri };
  }

  #mapped(uri: string): Located | undefined {
    const ui = uiForm.exec(uri);
    if (ui) return this.#named(ui[2]!, ui[1]! + ui[3]!);
    const plain = plainForm.exec(uri);
    // Each URI has one spelling, or a rule on it could be got around by another.
    if (plain && uiScheme.test(plain[2]!)) return undefined;
    return plain ? this.#named(plain[1]!, plain[2]!) : undefined;
  }

  #named(written: string, original: string): Located | undefined {
    const server = this.#names.get(written.toLowerCase());
    if (server === undefined) return undefined;
    // Of plain URIs only those are mapped that look mapped.
    if (server === this.#plain && this.#mapped(original) === undefined) return undefined;
    return { server, original };
  }
}
