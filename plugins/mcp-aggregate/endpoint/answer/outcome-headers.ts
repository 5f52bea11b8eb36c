/** The era in which the server of one call is spoken to; known once the call is on its way. */
export class SpokenEra {
  #modern: boolean | undefined;

  /** For `Call.onEra`. */
  readonly note = (modern: boolean): void => void (this.#modern = modern);

  get era(): 'modern' | 'legacy' | undefined {
    return this.#modern === undefined ? undefined : this.#modern ? 'modern' : 'legacy';
  }
}

/**
 * What Kong's logs are to carry of an answer (design §4).
 * @param era in which the server was spoken to
 */
export function outcomeHeaders(
  server: string | undefined,
  outcome: string,
  era?: 'modern' | 'legacy',
): Readonly<Record<string, string>> {
  if (server === undefined) return { 'x-mcp-outcome': outcome };
  if (era === undefined) return { 'x-mcp-server': server, 'x-mcp-outcome': outcome };
  return { 'x-mcp-server': server, 'x-mcp-server-era': era, 'x-mcp-outcome': outcome };
}
