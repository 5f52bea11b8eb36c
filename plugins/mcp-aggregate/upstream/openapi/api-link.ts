import { toolScopes } from '../../core/policy/tool-scopes.js';
import type { ServerConfig } from '../../config/config.js';
import type { OpenApiConfig } from '../../config/servers/openapi-config.js';
import type { KnownEras } from '../../core/calls/upstream-port.js';
import type { Link, LinkEvents, OpenLine, Party } from '../conversation/link.js';
import { AuthorizedEndpoint } from '../credentials/authorized-endpoint.js';
import type { Credentials } from '../credentials/credentials.js';
import type { Health } from '../failure/health.js';
import { HttpEndpoint } from '../http/requests/http-endpoint.js';
import { itemKinds } from '../../core/items/item-kinds.js';
import type { UpstreamDeps, UpstreamTuning } from '../upstream-deps.js';
import type { ServedDocument } from './api-document.js';
import { ApiEndpoint } from './api-endpoint.js';
import { ApiLine } from './api-line.js';
import { documentSource } from './document-source.js';
import { DocumentStore } from './document-store.js';
import { ServerChecks } from './server-checks.js';

export interface ApiLinkOptions {
  readonly openapi: OpenApiConfig;
  readonly tuning: UpstreamTuning;
  readonly events: LinkEvents;
  readonly credentials: Credentials | undefined;
  readonly env: UpstreamDeps['env'];
}

/**
 * A REST API in the place of an MCP server. It has no sessions and speaks to nobody by itself: lists
 * come from its document, calls are requests.
 */
export class ApiLink implements Link {
  readonly eras: KnownEras = { legacy: undefined, modern: undefined };
  readonly takesLogLevel = false;
  readonly perConversation = false;
  readonly #server: ServerConfig;
  readonly #endpoint: HttpEndpoint;
  readonly #health: Health;
  readonly #store: DocumentStore;
  readonly #events: LinkEvents;
  readonly #credentials: Credentials | undefined;
  readonly #parts: { readonly health: Health; readonly checks: ServerChecks };
  #known: ServedDocument | undefined;

  /** @throws ConfigError for headers that cannot be sent, and for files where they are off */
  constructor(
    server: ServerConfig,
    { openapi, tuning, events, credentials, env }: ApiLinkOptions,
    health: Health,
  ) {
    this.#server = server;
    this.#endpoint = new HttpEndpoint(server, tuning);
    this.#health = health;
    this.#parts = { health, checks: new ServerChecks(server.name) };
    this.#events = events;
    this.#credentials = credentials;
    const source = documentSource(`servers[${server.name}].openapi`, openapi, env);
    this.#store = new DocumentStore(server, openapi, source);
  }

  separates(): boolean {
    return false;
  }

  open(party: Party): OpenLine | Promise<OpenLine> {
    const { current } = this.#store;
    // A document is looked at anew for lists alone.
    if (current !== undefined && party.listens !== true) {
      this.#health.admit();
      return this.#opened(party, current);
    }
    return this.#store.load().then((document) => {
      this.#take(document);
      return this.#opened(party, document);
    });
  }

  forget(): void {}

  hold(): boolean {
    return true;
  }

  release(): void {}

  linesOf(): readonly ApiLine[] {
    return [];
  }

  endConversation(): void {}

  async close(): Promise<void> {
    toolScopes.delete(this.#server.key);
    await this.#endpoint.close();
  }

  /** The API itself may be down all the same: the first call tells. */
  #take(document: ServedDocument): void {
    if (this.#known === document) return;
    const isNew = this.#known === undefined;
    this.#known = document;
    const { title, version } = document;
    this.#health.succeeded({ name: title, version, revision: 'OpenAPI' });
    if (!isNew) this.#events.onListChanged(itemKinds.tool.changed);
  }

  #opened({ context }: Party, document: ServedDocument): OpenLine {
    const endpoint =
      this.#credentials === undefined
        ? this.#endpoint
        : new AuthorizedEndpoint(this.#endpoint, this.#credentials, context);
    const api = new ApiEndpoint(this.#server, endpoint);
    return { line: new ApiLine(this.#server, document, api, this.#parts), fresh: true };
  }
}
