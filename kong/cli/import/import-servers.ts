import type {
  EntryOptions,
  McpServersDocument,
  StdioEntry,
  UrlEntry,
} from '../../../lib/mcp-servers/entries.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import { expandVariables } from '../../../lib/mcp-servers/variables.js';
import { headerReference } from './header-reference.js';
import { refusalOf } from '../refused-server.js';
import { looksSecret, secretArguments } from '../../../lib/mcp-servers/secret-names.js';
import { serverNames } from './server-name.js';

/** One entry of mcp-aggregate's `servers`. */
export interface ImportedServer {
  readonly name: string;
  readonly url?: string;
  readonly transport?: 'sse';
  readonly stdio?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Deadline of one call, in milliseconds. */
  readonly timeout?: number;
  readonly tools?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
}

/** An entry of the operator's file: as written, without our `kind`. */
export type StdioFileEntry = Pick<StdioEntry, 'command' | 'args' | 'env' | 'cwd'>;

export interface ImportedServers {
  readonly servers: readonly ImportedServer[];
  /** The operator's `mcpServers` file, variables unexpanded. */
  readonly stdio: Readonly<Record<string, StdioFileEntry>>;
  /** Variables Kong reads through its environment vault, each with the text it is made of. */
  readonly variables: Readonly<Record<string, string>>;
  /** Why entries are left out that the document does not disable itself. */
  readonly unusable: readonly string[];
  /** What the operator should know. Names fields, never values. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const headerName = /^[A-Za-z0-9-]+$/;

/**
 * Translates an `mcpServers` document into mcp-aggregate's terms. What cannot be translated is left
 * out and named in `warnings`. Addresses are expanded from `env` now, since Kong cannot do it.
 */
export function importServers(document: McpServersDocument, env: Environment): ImportedServers {
  const left = Object.entries(document.leftOut).map(
    ([name, why]) => [name, leftOut(name, why)] as const,
  );
  const warnings = [...left.map(([, text]) => text), ...document.notes.map(printable)];
  const unusable = left.flatMap(([name, text]) => (document.disabled.includes(name) ? [] : [text]));
  const servers: ImportedServer[] = [];
  const stdio: [string, StdioFileEntry][] = [];
  const variables: Record<string, string> = {};
  const names = serverNames(Object.keys(document.entries));
  for (const [key, entry] of Object.entries(document.entries)) {
    const given = printable(key);
    const name = names.get(key) ?? key;
    try {
      if (entry.kind === 'stdio') {
        servers.push(taken(given, { name, stdio: name, ...optionsOf(entry) }));
        stdio.push([name, fileEntry(entry)]);
        warnings.push(...stdioWarnings(given, entry));
      } else {
        const imported = importUrl(name, given, entry, env);
        servers.push(taken(given, { ...imported.server, ...optionsOf(entry) }));
        Object.assign(variables, imported.variables);
        warnings.push(...imported.warnings);
      }
      if (name !== key) warnings.push(`${given} is named ${name}: tools begin with ${name}__`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      warnings.push(leftOut(key, error.message));
      unusable.push(leftOut(key, error.message));
    }
  }
  return { servers, stdio: Object.fromEntries(stdio), variables, unusable, warnings };
}

/** @throws ConfigError where the plugin would refuse the server */
function taken(given: string, server: ImportedServer): ImportedServer {
  const refusal = refusalOf(server);
  if (refusal === undefined) return server;
  const [, field = '', reason = refusal] = /^([\w.[\]-]+): (.*)$/s.exec(refusal) ?? [];
  throw new ConfigError(field === '' ? given : `${given}.${field}`, reason);
}

function leftOut(name: string, reason: string): string {
  return `${printable(name)} is left out: ${printable(reason)}`;
}

function fileEntry({ command, args, env, cwd }: StdioEntry): StdioFileEntry {
  return { command, args, env, ...(cwd === undefined ? {} : { cwd }) };
}

/** An entry that enables no tool at all hides them all: an empty list would show them. */
function optionsOf({ timeoutMs, onlyTools, withoutTools }: EntryOptions) {
  const deny = onlyTools?.length === 0 ? ['*'] : withoutTools;
  const tools = {
    ...(onlyTools === undefined || onlyTools.length === 0 ? {} : { allow: onlyTools }),
    ...(deny === undefined || deny.length === 0 ? {} : { deny }),
  };
  return {
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(Object.keys(tools).length === 0 ? {} : { tools }),
  };
}

function importUrl(name: string, given: string, entry: UrlEntry, env: Environment) {
  const warnings: string[] = [];
  const variables: Record<string, string> = {};
  const url = readUrl(`${given}.url`, expandVariables(entry.url, env, `${given}.url`));
  if (entry.url.includes('${')) {
    warnings.push(`${given}.url is written with its variables expanded: Kong cannot do it later`);
  }
  for (const parameter of url.searchParams.keys()) {
    if (looksSecret(parameter, url.searchParams.get(parameter) ?? '')) {
      warnings.push(literal(`${given}.url (query parameter ${parameter})`));
    }
  }
  const headers = Object.entries(entry.headers).map(([header, value]) => {
    if (!headerName.test(header)) {
      throw new ConfigError(`${given}.headers.${header}`, 'is not a header name Kong accepts');
    }
    const reference = headerReference(name, header, value, `${given}.headers.${header}`);
    if (reference.variable) variables[reference.variable.name] = reference.variable.template;
    if (looksSecret(header, value)) warnings.push(literal(`${given}.headers.${header}`));
    return [header, reference.value];
  });
  const server = {
    name,
    url: url.href,
    ...(entry.transport === undefined ? {} : { transport: entry.transport }),
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers) as Record<string, string> }
      : {}),
  };
  return { server, variables, warnings };
}

function readUrl(field: string, text: string): URL {
  if (!URL.canParse(text)) throw new ConfigError(field, 'is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ConfigError(field, 'is neither http nor https');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(field, 'holds credentials; move them into headers');
  }
  url.hash = '';
  return url;
}

function stdioWarnings(given: string, entry: StdioEntry): string[] {
  const secrets = Object.entries(entry.env)
    .filter(([name, value]) => looksSecret(name, value))
    .map(([name]) => `env.${name}`);
  return [...secrets, ...secretArguments(entry.args)].map((place) => literal(`${given} ${place}`));
}

/** A name of the document, safe for a terminal. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}

function literal(place: string): string {
  return `${place} looks like a secret written as text; it is kept. Better: \${A_VARIABLE} in its place`;
}
