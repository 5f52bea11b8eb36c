import { ConfigError } from '../../../../lib/errors/errors.js';
import type { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import type { ServerConfig } from '../../config/config.js';
import type { OpenApiConfig } from '../../config/servers/openapi-config.js';
import { unavailable } from '../failure/failures.js';
import { servedDocument } from './api-document.js';
import type { ServedDocument } from './api-document.js';
import { apiWork } from './api-work.js';
import type { DocumentSource } from './document-source.js';

/** Of one that is tried again with each list. */
const longestReason = 300;

/**
 * The document of one server: read and converted when it is first needed, and again when its file has
 * changed. A document that cannot be used leaves the one before in place.
 */
export class DocumentStore {
  readonly #server: ServerConfig;
  readonly #openapi: OpenApiConfig;
  readonly #source: DocumentSource;
  readonly #taken: readonly string[];
  #current: ServedDocument | undefined;
  #mark: string | undefined;
  #loading: Promise<ServedDocument> | undefined;

  constructor(server: ServerConfig, openapi: OpenApiConfig, source: DocumentSource) {
    this.#server = server;
    this.#openapi = openapi;
    this.#source = source;
    const configured = Object.keys(server.headers).map((name) => name.toLowerCase());
    this.#taken = [...configured, ...(server.connection?.forwardHeaders ?? [])];
  }

  /** What was read last. */
  get current(): ServedDocument | undefined {
    return this.#current;
  }

  /**
   * The document as it is now.
   * @throws McpError `upstream_unavailable` where there is none that can be used
   */
  load(): Promise<ServedDocument> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(): Promise<ServedDocument> {
    let mark: string | undefined;
    try {
      mark = await this.#source.mark();
      if (this.#current !== undefined && mark === this.#mark) return this.#current;
      this.#current = await this.#convert();
      this.#mark = mark;
      return this.#current;
    } catch (error) {
      const reason = reasonOf(error).slice(0, longestReason);
      log('error', 'api_document_refused', { server: this.#server.name, reason });
      if (this.#current === undefined) throw this.#unusable(reason);
      // It is not tried again before it changes once more.
      this.#mark = mark ?? this.#mark;
      return this.#current;
    }
  }

  async #convert(): Promise<ServedDocument> {
    const { include, exclude, overrides, outputSchemas } = this.#openapi;
    const options = { include, exclude, overrides, outputSchemas, takenHeaders: this.#taken };
    const converted = await apiWork.convert(await this.#source.read(), options);
    if ('refused' in converted) throw new ConfigError('openapi', converted.refused);
    return servedDocument(this.#server, this.#openapi, converted);
  }

  #unusable(reason: string): McpError {
    const why = `has an OpenAPI document that cannot be used: ${reason}`;
    return unavailable(this.#server.name, why, 'failing', { retry_after_ms: 0 });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof WorkerLost) return 'it takes too long, or too much memory, to read';
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? 'it cannot be read' : `it cannot be read (${code})`;
}
