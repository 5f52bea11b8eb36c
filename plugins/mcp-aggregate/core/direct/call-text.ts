import { McpError } from '../../../../lib/errors/errors.js';
import { ownTail } from '../../../../lib/kong/kong-texts.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { DirectConfig } from '../../config/servers/direct-config.js';
import { packEdits } from './packed-edits.js';

export interface ToldCall {
  /** Values of the log entry. */
  readonly log: Readonly<Record<string, unknown>>;
  /** Id of the request, as raw JSON. */
  readonly id: string;
  readonly server: string;
  readonly settings: DirectConfig;
  /** Kong Upstream in place of the server's address. */
  readonly upstream: string | undefined;
  /** Longest silence, in milliseconds. */
  readonly silenceMs: number;
  /** The client's session. */
  readonly session: string | undefined;
  /** Bytes of the message that the edits are of. */
  readonly length: number;
  /** Stands in the edits where Kong's id of the request belongs; empty where it does not. */
  readonly mark: string;
  /** Names of the client's headers that the server gets. */
  readonly kept: readonly string[];
  /** Headers of the request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
  /** Counts the calls. */
  readonly count: number;
}

/**
 * What the functions in Kong are told of a call (kong/direct): the log entry as lines of names and
 * values in turn, an empty line; fields in lines; headers as the log entry, an empty line; edits; last a line that
 * nobody reads. Claims of tokens are among the log values: a line break in one is written as its number, or
 * what follows it would be read as another field.
 * @throws McpError `internal` where anything else holds a line break
 */
export function callText(call: ToldCall): string {
  const { settings, silenceMs, session = '', kept, upstream = '' } = call;
  const { scheme, host, port, authority, path, verified } = settings;
  const fields = [
    call.id,
    call.server,
    scheme,
    host,
    port,
    authority,
    path,
    upstream,
    silenceMs,
    verified ? '1' : '',
    session,
    call.length,
    call.mark,
    `,${kept.join(',')},`,
  ];
  const text = `${fields.join('\n')}\n`;
  if (text.split('\n').length !== fields.length + 1) throw broken();
  return `${lines(call.log, escaped)}\n${text}${lines(call.headers, whole)}\n${packEdits(call.edits)}\n${ownTail(call.count)}`;
}

function lines(values: Readonly<Record<string, unknown>>, form: (text: string) => string): string {
  let text = '';
  for (const name in values) {
    const value = values[name];
    // An empty one would read as the end.
    if (typeof value === 'string' && value !== '') text += `${whole(name)}\n${form(value)}\n`;
  }
  return text;
}

function escaped(text: string): string {
  return text.includes('\n') ? text.replaceAll('\n', '\\u{a}') : text;
}

function whole(text: string): string {
  if (text.includes('\n')) throw broken();
  return text;
}

function broken(): McpError {
  return new McpError('internal', 'a line break stands where none can be');
}
