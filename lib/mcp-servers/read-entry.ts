import { ConfigError } from '../errors/errors.js';
import type { EntryOptions, JsonObject, ServerEntry, StdioEntry, UrlEntry } from './entries.js';
import { readUser } from './read-user.js';
import { unused } from './unused-members.js';
import type { Unused } from './unused-members.js';
import { asList, asString, asText, asTexts } from './values.js';

const sse = 'sse';
const httpTypes: ReadonlySet<unknown> = new Set([
  ...['http', 'streamable-http', 'streamableHttp'],
  sse,
]);

/** Addresses by the names that clients give them; the first that is there counts. */
const addresses = ['httpUrl', 'serverUrl', 'url'] as const;

/** Why an entry is understood but not served; undefined when it is. */
export function whyLeftOut(
  entry: JsonObject,
): readonly [field: string, reason: string] | undefined {
  if (entry['disabled'] === true) return ['disabled', 'it is disabled in the document'];
  if (entry['enabled'] === false) return ['enabled', 'it is disabled in the document'];
  const type = entry['type'];
  if (type === undefined || type === 'stdio' || httpTypes.has(type)) return undefined;
  return ['type', 'is none of stdio, http, sse'];
}

/**
 * One entry of the document, with the members that are not used.
 * @param field what the entry is called in errors
 * @param ofOperator whether it may say under which user it runs
 * @throws ConfigError naming the member that is wrong
 */
export function readEntry(
  field: string,
  given: JsonObject,
  ofOperator = false,
): { readonly entry: ServerEntry; readonly unused: readonly Unused[] } {
  const rest = new Map(Object.entries(given));
  const take = (name: string): unknown => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  for (const name of ['enabled', 'disabled']) take(name);
  const address = addresses.find((name) => given[name] !== undefined);
  checkKind(field, given, address);
  const user = ofOperator && address === undefined ? readUser(field, take) : {};
  const entry =
    address === undefined ? { ...readStdio(field, take), ...user } : readUrl(field, address, take);
  const options = readOptions(field, take);
  return { entry: { ...entry, ...options }, unused: [...rest.keys()].map(unused) };
}

type Take = (name: string) => unknown;

function checkKind(field: string, entry: JsonObject, address: string | undefined): void {
  const type = entry['type'];
  const hasCommand = entry['command'] !== undefined;
  if (address !== undefined && hasCommand) {
    throw new ConfigError(field, `has both ${address} and command; keep one`);
  }
  if (type === 'stdio' && !hasCommand) throw new ConfigError(field, 'type stdio needs a command');
  if (httpTypes.has(type) && address === undefined) {
    throw new ConfigError(field, `type ${type === sse ? sse : 'http'} needs a url`);
  }
  if (address === undefined && !hasCommand) {
    throw new ConfigError(field, 'needs either url or command');
  }
}

function readUrl(field: string, address: string, take: Take): UrlEntry {
  const url = asText(`${field}.${address}`, take(address));
  const headers = { ...asTexts(`${field}.http_headers`, take('http_headers')) };
  Object.assign(headers, asTexts(`${field}.headers`, take('headers')));
  const named = asTexts(`${field}.env_http_headers`, take('env_http_headers'));
  for (const [name, variable] of Object.entries(named)) headers[name] = `\${${variable}}`;
  const bearer = take('bearer_token_env_var');
  if (bearer !== undefined) {
    headers['Authorization'] = `Bearer \${${asText(`${field}.bearer_token_env_var`, bearer)}}`;
  }
  return { kind: 'url', url, headers, ...(take('type') === sse ? { transport: sse } : {}) };
}

function readStdio(field: string, take: Take): StdioEntry {
  const command = asText(`${field}.command`, take('command'));
  const args = asList(`${field}.args`, take('args'));
  const passed = asList(`${field}.env_vars`, take('env_vars'));
  const env = {
    ...Object.fromEntries(passed.map((name) => [name, `\${${name}}`])),
    ...asTexts(`${field}.env`, take('env')),
  };
  const cwd = take('cwd');
  take('type');
  return {
    kind: 'stdio',
    command,
    args,
    env,
    ...(cwd === undefined ? {} : { cwd: asText(`${field}.cwd`, cwd) }),
  };
}

/** Under this a `timeout` is in seconds: some clients count so, others in milliseconds. */
const leastMs = 1_000;
const [shortestMs, longestMs] = [100, 3_600_000];

function readOptions(field: string, take: Take): EntryOptions {
  const timeoutMs = readTimeout(field, take);
  const only = firstList(field, take, ['includeTools', 'enabled_tools']);
  const without = firstList(field, take, ['excludeTools', 'disabledTools', 'disabled_tools']);
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(only === undefined ? {} : { onlyTools: only }),
    ...(without === undefined ? {} : { withoutTools: without }),
  };
}

function readTimeout(field: string, take: Take): number | undefined {
  const [timeout, seconds] = [take('timeout'), take('tool_timeout_sec')];
  const [name, value] =
    timeout === undefined ? ['tool_timeout_sec', seconds] : ['timeout', timeout];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0)) {
    throw new ConfigError(`${field}.${name}`, 'must be a number above 0');
  }
  const inSeconds = name === 'tool_timeout_sec' || value < leastMs;
  const ms = Math.round(inSeconds ? value * 1_000 : value);
  return Math.min(Math.max(ms, shortestMs), longestMs);
}

/** Codex writes an empty list for "none of them": it is not the same as no list. */
function firstList(
  field: string,
  take: Take,
  names: readonly string[],
): readonly string[] | undefined {
  const lists = names.map((name) => [name, take(name)] as const);
  const found = lists.find(([, value]) => value !== undefined);
  return found && asList(`${field}.${found[0]}`, found[1]).map((one) => asString(field, one));
}
