import { ConfigError } from '../errors/errors.js';
import type { JsonObject, McpServersDocument, ServerEntry } from './entries.js';
import { placed } from './places.js';
import type { Places } from './places.js';
import { readEntry, whyLeftOut } from './read-entry.js';
import { readText } from './read-text.js';
import type { ReadText } from './read-text.js';
import { asObject } from './values.js';

export interface ParseOptions {
  /** JSON with comments (the default), or TOML. */
  readonly format?: 'json' | 'toml';
  /** What `${workspaceFolder}` and `${userHome}` mean; without them they cannot be used. */
  readonly places?: Places;
  /** Whether it is the operator's file, whose entries may name a `uid` and `gid`; default false. */
  readonly ofOperator?: boolean;
}

const maxEntries = 256;

/** Names under which clients keep their servers. */
const holders = ['mcpServers', 'servers', 'mcp_servers', 'context_servers'] as const;

/**
 * Reads an `mcpServers` document of any MCP client. Nothing is expanded or started. An entry that
 * cannot be used is left out alone; members that are not used are notes.
 * @throws ConfigError for a document that cannot be read at all
 */
export function parseMcpServers(text: string, options: ParseOptions = {}): McpServersDocument {
  const read = readText(text, options.format ?? 'json');
  const { path, servers } = findServers(asObject('mcpServers', read.value));
  const entries: [string, ServerEntry][] = [];
  const leftOut: [string, string][] = [];
  const disabled: string[] = [];
  const notes: string[] = [];
  for (const [name, value] of Object.entries(servers)) {
    try {
      const one = readOne(name, value, options);
      entries.push([name, one.entry]);
      notes.push(...one.notes.map(([member, what]) => note(read, path, name, member, what)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if ([`${name}.disabled`, `${name}.enabled`].includes(error.field)) disabled.push(name);
      leftOut.push([name, `${error.message}${placeOf(read, path, name, error.field)}`]);
    }
  }
  return {
    entries: Object.fromEntries(entries),
    leftOut: Object.fromEntries(leftOut),
    disabled,
    notes,
  };
}

type Found = { readonly path: readonly string[]; readonly servers: JsonObject };

/** The servers, wherever the document's client keeps them; VS Code's settings nest them in `mcp`. */
function findServers(document: JsonObject): Found {
  const inSettings = document['mcp'];
  const nested = inSettings !== undefined && holders.every((name) => document[name] === undefined);
  const holder = nested ? asObject('mcp', inSettings) : document;
  const names = holders.filter((name) => holder[name] !== undefined);
  const [name, second] = names;
  if (name === undefined) {
    throw new ConfigError('mcpServers', 'the document has no member mcpServers (or servers)');
  }
  if (second !== undefined) {
    throw new ConfigError('mcpServers', `the document has both ${name} and ${second}; keep one`);
  }
  const servers = asObject(name, holder[name]);
  const count = Object.keys(servers).length;
  if (count > maxEntries) {
    throw new ConfigError('mcpServers', `holds ${count} entries; ${maxEntries} at most`);
  }
  return { path: nested ? ['mcp', name] : [name], servers };
}

type Note = readonly [member: string, what: string];

function readOne(name: string, value: unknown, { places, ofOperator }: ParseOptions) {
  const given = asObject(name, value);
  const why = whyLeftOut(given);
  if (why !== undefined) throw new ConfigError(`${name}.${why[0]}`, why[1]);
  const { entry, unused } = readEntry(name, given, ofOperator);
  const notes: Note[] = unused.map(({ member, advice }) => [member, `not used: ${advice}`]);
  const inputs = new Set<string>();
  const settled = settle(entry, (text) => {
    const one = placed(text, places);
    for (const input of one.inputs) inputs.add(input);
    return one.text;
  });
  for (const input of inputs) {
    notes.push(['', `\${input:…} is read from the environment variable ${input}`]);
  }
  return { entry: settled, notes };
}

function settle(entry: ServerEntry, one: (text: string) => string): ServerEntry {
  const all = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, one(text)]));
  if (entry.kind === 'url') return { ...entry, url: one(entry.url), headers: all(entry.headers) };
  return {
    ...entry,
    command: one(entry.command),
    args: entry.args.map(one),
    env: all(entry.env),
    ...(entry.cwd === undefined ? {} : { cwd: one(entry.cwd) }),
  };
}

function note(
  read: ReadText,
  path: readonly string[],
  name: string,
  member: string,
  what: string,
): string {
  const field = member === '' ? name : `${name}.${member}`;
  return `${field}: ${what}${placeOf(read, path, name, field)}`;
}

/** Where `name.member[1]` stands; the entry itself where the member is not there. */
function placeOf(read: ReadText, path: readonly string[], name: string, field: string): string {
  const members = [...field.slice(name.length).matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(
    ([, member, index]) => member ?? Number(index),
  );
  const exact = read.place([...path, name, ...members]);
  return exact === '' ? read.place([...path, name]) : exact;
}
