/** What entries of both kinds may say besides where their server is. */
export interface EntryOptions {
  /** Deadline of one call, in milliseconds. */
  readonly timeoutMs?: number;
  /** Names of the tools to show; all without it. */
  readonly onlyTools?: readonly string[];
  /** Names of tools to hide. */
  readonly withoutTools?: readonly string[];
}

/** A server that is started as a child process. Values are as written: see `expandEntry`. */
export interface StdioEntry extends EntryOptions {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Under whom it runs, where the operator's file says so; the plugin server's user without it. */
  readonly user?: ChildUser;
}

/** Numbers of a user and of its only group. */
export interface ChildUser {
  readonly uid: number;
  readonly gid: number;
}

/** A server reached by HTTP. `headers` may hold secrets: never log them. */
export interface UrlEntry extends EntryOptions {
  readonly kind: 'url';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Set where it is said to speak the transport of 2024-11-05. */
  readonly transport?: 'sse';
}

export type ServerEntry = StdioEntry | UrlEntry;

/** The standard `mcpServers` document that MCP clients share. */
export interface McpServersDocument {
  /** Entries that can be served, in the document's order. */
  readonly entries: Readonly<Record<string, ServerEntry>>;
  /** Entries that are left out, each with the reason: `name.field: reason (line 3, column 5)`. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Names of those that are left out since the document says so. */
  readonly disabled: readonly string[];
  /** What is not used of the document, in the same form. Names fields, never values. */
  readonly notes: readonly string[];
}

export type JsonObject = Readonly<Record<string, unknown>>;
