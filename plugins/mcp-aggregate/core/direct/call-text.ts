import { ownTail } from '../../../../lib/kong-texts.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { DirectConfig } from '../../config/direct-config.js';
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
 * nobody reads.
 * Nothing of it can hold a line break: ids are JSON, header values and log values are visible text.
 */
export function callText(call: ToldCall): string {
  const { settings, silenceMs, session = '', kept, upstream = '' } = call;
  const { scheme, host, port, authority, path, verified } = settings;
  return (
    `${lines(call.log)}\n${call.id}\n${call.server}\n${scheme}\n${host}\n${port}\n${authority}\n` +
    `${path}\n${upstream}\n${silenceMs}\n${verified ? '1' : ''}\n${session}\n${call.length}\n` +
    `${call.mark}\n,${kept.join(',')},\n${lines(call.headers)}\n${packEdits(call.edits)}\n${ownTail(call.count)}`
  );
}

function lines(values: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name in values) {
    const value = values[name];
    // An empty one would read as the end.
    if (typeof value === 'string' && value !== '') text += `${name}\n${value}\n`;
  }
  return text;
}
