import { homedir } from 'node:os';
import { dirname, extname, resolve } from 'node:path';
import { parse as parseYaml, stringify, YAMLParseError } from 'yaml';
import type { Wanted } from '../../apply/apply.js';
import { isMembers, membersIn } from '../../apply/members.js';
import type { Members } from '../../apply/members.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import type { McpServersDocument } from '../../../lib/mcp-servers/entries.js';
import { parseMcpServers } from '../../../lib/mcp-servers/parse-document.js';
import { declarativeDocument } from '../declarative.js';
import type { Access } from '../declarative.js';
import { importServers } from '../import/import-servers.js';
import { validateKongFile } from '../validate/validate-kong-file.js';
import type { Texts } from './stable-text.js';

/** Which files are watched, and what becomes of them. */
export interface Sources {
  /** An mcpServers document, or a declarative file of Kong. */
  readonly file: string;
  /** A declarative file that the endpoint of an mcpServers document is put beside. */
  readonly base: string | undefined;
  readonly access: Access;
  readonly tag: string;
  /** Commands that the plugin server knows. */
  readonly stdioEntries: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ReadWanted {
  readonly wanted: Wanted;
  /** What the operator should know. Names fields, never values. */
  readonly notes: readonly string[];
}

/** Whether the text is a declarative file of Kong. */
const isDeclarative = (text: string): boolean => /^(?:[\s{]*"?)_format_version\b/m.test(text);

/** The files in the order in which their texts are read. */
export const filesOf = ({ file, base }: Sources): readonly string[] =>
  base === undefined ? [file] : [file, base];

/**
 * What a Kong is to serve by these files, checked by all rules that can be known without it. One
 * thing that is wrong makes the whole wrong: a server is not taken away because of a slip of the pen.
 * @throws ConfigError whose message names each place
 */
export function wantedOf(sources: Sources, texts: Texts): ReadWanted {
  const [text, base] = texts.map((one) => {
    if ('unreadable' in one) throw new ConfigError('FILE', one.unreadable);
    return one.text;
  });
  const { file, tag } = sources;
  if (isDeclarative(text!)) {
    if (base !== undefined)
      throw new ConfigError('--base', 'goes together with an mcpServers FILE');
    const { document, notes } = declarativeFile(file, text!);
    return { wanted: { document, tag, whole: true, text: text! }, notes };
  }
  const own = serversDocument(sources, text!);
  if (base === undefined) return { wanted: { document: own.document, tag }, notes: own.notes };
  const beside = declarativeFile(sources.base!, base);
  const document = together(beside.document, own.document);
  return { wanted: { document, tag, whole: true }, notes: [...beside.notes, ...own.notes] };
}

function declarativeFile(file: string, text: string): { document: Members; notes: string[] } {
  const findings = validateKongFile(file, text, undefined);
  const said = (levels: readonly string[]) =>
    findings
      .filter(({ level }) => levels.includes(level))
      .map(({ line, place, message }) => `${file}${line ? `:${line}` : ''}: ${place}: ${message}`);
  const errors = said(['error']);
  if (errors.length > 0) throw new ConfigError('FILE', errors.join('; '));
  const document = parseYaml(text) as unknown;
  if (!isMembers(document)) throw new ConfigError('FILE', `${file} is not a declarative file`);
  return { document, notes: said(['warning']) };
}

function serversDocument(sources: Sources, text: string): { document: Members; notes: string[] } {
  const { file, access, stdioEntries } = sources;
  const imported = importServers(serversIn(file, text), sources.env);
  const unknown = imported.servers.flatMap(({ stdio }) =>
    stdio === undefined || stdioEntries.has(stdio)
      ? []
      : [`${stdio} is a command, which the file of --stdio-file does not have`],
  );
  const wrong = [...imported.unusable, ...unknown];
  if (wrong.length > 0) throw new ConfigError('FILE', `${file}: ${wrong.join('; ')}`);
  if (imported.servers.length === 0) {
    const notes = [...imported.warnings, 'no server is left: the endpoint is taken away'];
    return { document: { _format_version: '3.0' }, notes };
  }
  const document: Members = declarativeDocument(imported.servers, access);
  const { notes } = declarativeFile(file, stringify(document));
  const variables = Object.keys(imported.variables);
  const told = variables.map((name) => `Kong’s environment must hold ${name}`);
  return { document, notes: [...imported.warnings, ...notes, ...told] };
}

function serversIn(file: string, text: string): McpServersDocument {
  const places = { workspaceFolder: dirname(resolve(file)), userHome: homedir() };
  const kind = extname(file).toLowerCase();
  const format = kind === '.toml' ? 'toml' : 'json';
  const yaml = /^\.ya?ml$/.test(kind);
  return parseMcpServers(yaml ? jsonOf(file, text) : text, { format, places });
}

/** A YAML document as JSON. Places are then those of nothing that the operator has before him. */
function jsonOf(file: string, text: string): string {
  try {
    return JSON.stringify(parseYaml(text));
  } catch (error) {
    const [{ line }] = (error instanceof YAMLParseError && error.linePos) || [{ line: undefined }];
    throw new ConfigError('FILE', `${file}${line ? `:${line}` : ''}: is not YAML`);
  }
}

/** @throws ConfigError where both have a service or a route of the same name */
function together(base: Members, own: Members): Members {
  const lists = ['services', 'routes', 'plugins'].map((kind) => {
    const all = [...membersIn(base, kind), ...membersIn(own, kind)];
    return [kind, all] as const;
  });
  const services = lists[0]![1].filter(({ name }) => name === 'mcp');
  if (services.length > 1) throw new ConfigError('--base', 'has a service named mcp already');
  return { ...base, ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)) };
}
