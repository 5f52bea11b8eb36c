import { withId } from '../../../../lib/json/envelope.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { Envelope, RequestEnvelope } from '../../../../lib/json/types.js';
import { pickArguments } from '../params/pick-arguments.js';
import type { Picked } from '../params/pick-arguments.js';
import { valueText } from './value-text.js';
import type { Redaction } from './value-text.js';

/** Arguments of one tool that log entries have. */
export interface LoggedArguments {
  /** Finds those that are logged or redacted: at the first places the logged ones, in their order. */
  readonly picked: Picked;
  readonly logged: readonly {
    readonly pointer: string;
    readonly redaction: Redaction | undefined;
  }[];
}

/** Bytes of all values of one call. */
const mostBytes = 4_096;

/** Before the pointer, in names of values of a log entry: an object in the entry. */
export const argumentPrefix = 'arguments';

/** Which arguments of calls logging plugins write. */
export class ArgumentLog {
  readonly #tools: ReadonlyMap<string, LoggedArguments>;

  /** @param tools by the name that clients see */
  constructor(tools: ReadonlyMap<string, LoggedArguments>) {
    this.#tools = tools;
  }

  /**
   * The chosen arguments of the call in a body, by `arguments` and their pointer: as they are sent, not
   * as the gateway or the server change them. `arguments_truncated` has pointers of those of which not
   * all is there, or that lie in something else than an object.
   * @param bytes that `messages` were read from
   * @throws RefusedMessageError `invalid_request` where parsers could read different arguments, so that
   *   nobody could tell what to log
   */
  of(messages: readonly Envelope[], bytes: Buffer): Readonly<Record<string, string>> | undefined {
    if (this.#tools.size === 0) return undefined;
    // A body has one request at most.
    const message = messages.find((each): each is RequestEnvelope => each.kind === 'request');
    if (message?.method !== methods.callTool) return undefined;
    const chosen = this.#tools.get(message.params?.name?.text ?? '');
    return chosen && valuesOf(chosen, message, bytes);
  }
}

function valuesOf({ picked, logged }: LoggedArguments, message: RequestEnvelope, bytes: Buffer) {
  const obscured = new Set<number>();
  const found = withId(bytes, message, () =>
    pickArguments(picked, bytes, message.params, (place) => obscured.add(place)),
  );
  const values: Record<string, string> = {};
  const cut: string[] = [];
  let left = mostBytes;
  for (const [place, { pointer, redaction }] of logged.entries()) {
    const member = found[place];
    if (obscured.has(place)) cut.push(pointer);
    if (member === undefined) continue;
    const said = valueText(bytes, member, redaction);
    // Some ways into a log entry take an empty line for its end.
    if (said.text === '') continue;
    const fits = Buffer.byteLength(said.text) <= left;
    if (fits) {
      left -= Buffer.byteLength(said.text);
      values[argumentPrefix + pointer] = said.text;
    }
    if (said.cut || !fits) cut.push(pointer);
  }
  if (cut.length > 0) values['arguments_truncated'] = cut.join(' ');
  return values;
}

/** As an object in the entry, where whoever writes it takes one. */
export function nested<Value>(
  values: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value | Record<string, Value>>> {
  const logged: Record<string, Value> = {};
  const made: Record<string, Value | Record<string, Value>> = {};
  let some = false;
  for (const name in values) {
    if (name.startsWith(`${argumentPrefix}/`)) {
      logged[name.slice(argumentPrefix.length)] = values[name]!;
      some = true;
    } else made[name] = values[name]!;
  }
  if (some) made[argumentPrefix] = logged;
  return made;
}
