import { McpError } from '../../../../lib/errors/errors.js';
import { withId } from '../../../../lib/json/envelope.js';
import type { Envelope, RequestEnvelope } from '../../../../lib/json/types.js';
import type { Claims } from '../../../../lib/policy/claim.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { nodeOfPaths } from '../params/param-node.js';
import { pickArguments } from '../params/pick-arguments.js';
import type { Picked } from '../params/pick-arguments.js';
import { compareArgument, MatchRoom } from './argument-condition.js';
import type { ArgumentCondition } from './argument-condition.js';

/** What some calls may hold in one argument. */
export interface ArgumentRule {
  /** Whether it is about a tool or prompt, by the name that clients see. */
  readonly concerns: (name: string) => boolean;
  /** Names of the members on the way to the argument, one at least. */
  readonly path: readonly string[];
  /** The same as a JSON Pointer, as configured. */
  readonly pointer: string;
  readonly condition: ArgumentCondition;
  /** `require`: refused unless all values there meet it. `deny`: refused where one of them does. */
  readonly effect: 'require' | 'deny';
  /** Of a `require`: whether the argument may be left out. */
  readonly optional: boolean;
  /** What a refused caller is told. */
  readonly reason: string | undefined;
}

/** Those of one tool or prompt, and where they look. */
interface OfName {
  readonly rules: readonly { readonly rule: ArgumentRule; readonly place: number }[];
  readonly picked: Picked;
}

/** Names come from clients: most of them are remembered, none forever. */
const mostNames = 1_024;
const longestName = 256;

/** Rules on the arguments of calls, decided in the access phase: so for direct calls as well. */
export class ArgumentRules {
  readonly #rules: readonly ArgumentRule[];
  readonly #byName = new Map<string, OfName | undefined>();

  constructor(rules: readonly ArgumentRule[]) {
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Those about a tool or prompt, by the name that clients see; nothing of it is remembered. */
  concerning(name: string): readonly ArgumentRule[] {
    return this.#rules.filter(({ concerns }) => concerns(name));
  }

  /**
   * Refuses a body in which a call's arguments break a rule.
   * @param bytes that `messages` were read from
   * @throws RefusedMessageError `argument_denied`; `invalid_request` where parsers could read different
   *   arguments, as `pickArguments`
   */
  check(messages: readonly Envelope[], bytes: Buffer, claims: Claims): void {
    if (this.isEmpty) return;
    for (const message of messages) {
      if (message.kind === 'request') this.#checkOne(message, bytes, claims);
    }
  }

  #checkOne(message: RequestEnvelope, bytes: Buffer, claims: Claims): void {
    const { method, params } = message;
    if (method !== methods.callTool && method !== methods.getPrompt) return;
    const name = params?.name?.text;
    const of = name === undefined ? undefined : this.#of(name);
    if (of === undefined) return;
    withId(bytes, message, () => {
      const obscured = new Set<number>();
      const found = pickArguments(of.picked, bytes, params, (place) => obscured.add(place));
      const room = new MatchRoom();
      for (const { rule, place } of of.rules) {
        if (obscured.has(place)) throw denied(rule);
        const member = found[place];
        const standing = member && compareArgument(rule.condition, bytes, member, claims, room);
        if (isBroken(rule, standing)) throw denied(rule);
      }
    });
  }

  #of(name: string): OfName | undefined {
    if (this.#byName.has(name)) return this.#byName.get(name);
    const of = ofRules(this.concerning(name));
    if (name.length > longestName) return of;
    if (this.#byName.size >= mostNames) this.#byName.clear();
    this.#byName.set(name, of);
    return of;
  }
}

function ofRules(rules: readonly ArgumentRule[]): OfName | undefined {
  if (rules.length === 0) return undefined;
  const places = new Map<string, number>();
  const paths: (readonly string[])[] = [];
  const placed = rules.map((rule) => {
    const key = JSON.stringify(rule.path);
    const place = places.get(key) ?? paths.push(rule.path) - 1;
    places.set(key, place);
    return { rule, place };
  });
  const picked = { root: nodeOfPaths(paths), count: paths.length, because: 'a rule looks at' };
  return { rules: placed, picked };
}

/** What cannot be compared breaks any rule: a server may make anything of it. */
function isBroken(
  { effect, optional }: ArgumentRule,
  standing: ReturnType<typeof compareArgument> | undefined,
): boolean {
  if (standing === undefined) return effect === 'require' && !optional;
  if (standing === 'incomparable') return true;
  return effect === 'require' ? standing !== 'all' : standing !== 'none';
}

/** Says what is configured, nothing of what was sent. */
function denied({ pointer, reason }: ArgumentRule): McpError {
  const why = reason ?? `a rule of this endpoint does not allow this value of ${pointer}`;
  return new McpError('argument_denied', why, { argument: pointer });
}
