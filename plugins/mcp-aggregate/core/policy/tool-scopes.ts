/** Scopes that tools need by the documents of their APIs, by the server's key and its own names. */
export class ToolScopes {
  readonly #byServer = new Map<string, ReadonlyMap<string, readonly string[]>>();

  set(server: string, scopes: ReadonlyMap<string, readonly string[]>): void {
    this.#byServer.set(server, scopes);
  }

  delete(server: string): void {
    this.#byServer.delete(server);
  }

  of(server: string): ReadonlyMap<string, readonly string[]> | undefined {
    return this.#byServer.get(server);
  }
}

/** Those of this process: a document is read once, whichever configurations use it. */
export const toolScopes = new ToolScopes();
