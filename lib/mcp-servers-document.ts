import { ConfigError } from './errors.js';

/** A server that is started as a child process. Values are as written: see `expandEntry`. */
export interface StdioEntry {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A server reached by streamable HTTP. `headers` may hold secrets: never log them. */
export interface UrlEntry {
  readonly kind: 'url';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ServerEntry = StdioEntry | UrlEntry;

/** The standard `mcpServers` document that MCP clients share. */
export interface McpServersDocument {
  /** Entries in the document's order. */
  readonly entries: Readonly<Record<string, ServerEntry>>;
  /** Entries that are understood but not served, with the reason. */
  readonly unsupported: Readonly<Record<string, string>>;
}

const maxTextLength = 1_048_576;
const maxEntries = 256;
const httpTypes: ReadonlySet<unknown> = new Set(['http', 'streamable-http', 'streamableHttp']);

/**
 * Reads an `mcpServers` document (`servers`, the name VS Code uses, is taken too). Nothing is
 * expanded or started.
 * @throws ConfigError naming the field that is wrong
 */
export function parseMcpServers(text: string): McpServersDocument {
  const servers = readServers(text);
  const entries: [string, ServerEntry][] = [];
  const unsupported: [string, string][] = [];
  for (const [name, value] of Object.entries(servers)) {
    const field = `mcpServers.${name}`;
    const entry = asObject(field, value);
    const reason = whyUnsupported(entry);
    if (reason !== undefined) unsupported.push([name, reason]);
    else entries.push([name, readEntry(field, entry)]);
  }
  return {
    entries: Object.fromEntries(entries),
    unsupported: Object.fromEntries(unsupported),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function readServers(text: string): JsonObject {
  if (text.length > maxTextLength) {
    throw new ConfigError('mcpServers', 'the document is larger than 1 MiB');
  }
  const document = asObject('mcpServers', parseJson(text));
  if (document['mcpServers'] !== undefined && document['servers'] !== undefined) {
    throw new ConfigError('mcpServers', 'the document has both mcpServers and servers; keep one');
  }
  const servers = document['mcpServers'] ?? document['servers'];
  if (servers === undefined) {
    throw new ConfigError('mcpServers', 'the document has no member mcpServers (or servers)');
  }
  const found = asObject('mcpServers', servers);
  const count = Object.keys(found).length;
  if (count > maxEntries) {
    throw new ConfigError('mcpServers', `holds ${count} entries; ${maxEntries} at most`);
  }
  return found;
}

/** The parser's own message is withheld: it quotes the text, which may hold secrets. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new ConfigError(
      'mcpServers',
      'the document is not JSON (comments and trailing commas are not JSON)',
    );
  }
}

function whyUnsupported(entry: JsonObject): string | undefined {
  const type = entry['type'];
  if (entry['disabled'] === true) return 'it is disabled in the document';
  if (type === 'sse') {
    return 'type sse (the transport of 2024-11-05) is not supported yet; use the server\'s streamable HTTP address with type "http"';
  }
  if (type === undefined || type === 'stdio' || httpTypes.has(type)) return undefined;
  return 'its type is none of stdio, http';
}

function readEntry(field: string, entry: JsonObject): ServerEntry {
  const hasUrl = entry['url'] !== undefined;
  const hasCommand = entry['command'] !== undefined;
  if (hasUrl && hasCommand) throw new ConfigError(field, 'has both url and command; keep one');
  if (!hasUrl && !hasCommand) throw new ConfigError(field, 'needs either url or command');
  const type = entry['type'];
  if (type === 'stdio' && !hasCommand) throw new ConfigError(field, 'type stdio needs a command');
  if (httpTypes.has(type) && !hasUrl) throw new ConfigError(field, 'type http needs a url');
  return hasUrl ? readUrlEntry(field, entry) : readStdioEntry(field, entry);
}

function readUrlEntry(field: string, entry: JsonObject): UrlEntry {
  const url = asText(`${field}.url`, entry['url']);
  return { kind: 'url', url, headers: asTexts(`${field}.headers`, entry['headers']) };
}

function readStdioEntry(field: string, entry: JsonObject): StdioEntry {
  const command = asText(`${field}.command`, entry['command']);
  const args = entry['args'] ?? [];
  if (!Array.isArray(args)) throw new ConfigError(`${field}.args`, 'must be a list of strings');
  const cwd = entry['cwd'];
  return {
    kind: 'stdio',
    command,
    args: args.map((arg, index) => asString(`${field}.args[${index}]`, arg)),
    env: asTexts(`${field}.env`, entry['env']),
    ...(cwd === undefined ? {} : { cwd: asText(`${field}.cwd`, cwd) }),
  };
}

function asObject(field: string, value: unknown): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(field, 'must be an object');
  }
  return value as JsonObject;
}

function asString(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new ConfigError(field, 'must be a string');
  if (value.includes('\0')) throw new ConfigError(field, 'must not hold a NUL character');
  return value;
}

function asText(field: string, value: unknown): string {
  const text = asString(field, value);
  if (text.trim() === '') throw new ConfigError(field, 'must not be empty');
  return text;
}

function asTexts(field: string, value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(field, value ?? {}));
  return Object.fromEntries(
    entries.map(([name, member]) => [name, asString(`${field}.${name}`, member)]),
  );
}

const reference = /\$\{([^}]*)\}/g;
const referenceBody = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

function readReference(body: string, field: string): readonly [string, string | undefined] {
  const parts = referenceBody.exec(body);
  if (parts === null) {
    throw new ConfigError(field, 'holds a ${…} that is neither ${VAR} nor ${VAR:-default}');
  }
  return [parts[1] ?? '', parts[2]];
}

/**
 * Replaces `${VAR}`, `${VAR:-default}` and VS Code's `${env:VAR}` by values of `env`. A default
 * counts where the variable is unset or empty. A replaced value is not expanded again.
 * @throws ConfigError naming `field` and the variable, never a value
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  field = 'text',
): string {
  return text.replace(reference, (_whole, body: string) => {
    const [name, fallback] = readReference(body, field);
    const value = env[name];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) throw new ConfigError(field, `the variable ${name} is not set`);
    return value;
  });
}

/**
 * Names of the variables in `text`.
 * @throws ConfigError for what `expandVariables` could not read
 */
export function variablesIn(text: string, field = 'text'): readonly string[] {
  return [...text.matchAll(reference)].map(([, body = '']) => readReference(body, field)[0]);
}

/**
 * The entry with every string expanded.
 * @throws ConfigError as `expandVariables`, naming the member
 */
export function expandEntry(
  name: string,
  entry: ServerEntry,
  env: Readonly<Record<string, string | undefined>>,
): ServerEntry {
  const field = `mcpServers.${name}`;
  const one = (text: string, member: string) => expandVariables(text, env, `${field}.${member}`);
  const all = (texts: Readonly<Record<string, string>>, member: string) =>
    Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, one(text, `${member}.${key}`)]),
    );
  if (entry.kind === 'url') {
    return { kind: 'url', url: one(entry.url, 'url'), headers: all(entry.headers, 'headers') };
  }
  return {
    kind: 'stdio',
    command: one(entry.command, 'command'),
    args: entry.args.map((arg, index) => one(arg, `args[${index}]`)),
    env: all(entry.env, 'env'),
    ...(entry.cwd === undefined ? {} : { cwd: one(entry.cwd, 'cwd') }),
  };
}
