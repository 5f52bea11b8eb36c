import { McpError } from '../../../../lib/errors/errors.js';
import { arrayItems, objectMembers, TooManyMembersError } from '../../../../lib/json/members.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import type { Member, ParamsEnvelope, Span } from '../../../../lib/json/types.js';
import type { ParamNode } from './mirrored-params.js';

/** The arguments to look at, and how a refusal speaks of them: `an argument that …`. */
export interface Picked {
  readonly root: ParamNode;
  /** How many places `root` fills. */
  readonly count: number;
  /** What makes these arguments matter, for the sentence that refuses them. */
  readonly because: string;
  /** Whether a null counts as given; else as if the argument were not there. */
  readonly withNull?: boolean;
}

/** Told the place of an argument of which nobody can say whether, and as what, it is there. */
export type Obscured = (place: number) => void;

/**
 * Some of a call's arguments as they stand, each at its place; undefined where there is none, or null
 * unless that is `picked`.
 * @param message bytes that `params` was read from
 * @param obscured told of those that would lie in something else than an object: lenient servers read
 *   a text there as JSON, or a list of one as what it holds
 * @throws McpError `invalid_request` where parsers could take different values for one of them, or an
 *   object that holds one has more members than are looked at
 */
export function pickArguments(
  picked: Picked,
  message: Buffer,
  params: ParamsEnvelope | undefined,
  obscured?: Obscured,
): readonly (Member | undefined)[] {
  const found = Array.from<Member | undefined>({ length: picked.count });
  const given = params?.members.find(({ key }) => key === 'arguments');
  const look = { picked, message, found, obscured };
  if (given !== undefined) lookInto(look, picked.root, given);
  return found;
}

interface Look {
  readonly picked: Picked;
  readonly message: Buffer;
  readonly found: (Member | undefined)[];
  readonly obscured: Obscured | undefined;
}

function lookInto(look: Look, node: ParamNode, { kind, value }: Member): void {
  if (kind === 'object') collect(look, node, value);
  else if (look.obscured !== undefined && kind !== 'null' && !isEmptyList(look, kind, value)) {
    for (const place of placesIn(node)) look.obscured(place);
  }
}

/** As some languages write an object without members. */
function isEmptyList({ message }: Look, kind: Member['kind'], value: Span): boolean {
  return kind === 'array' && arrayItems(message, value, 1).length === 0;
}

function* placesIn(node: ParamNode): Generator<number, void, undefined> {
  for (const { param, node: inner } of node.children.values()) {
    if (param !== undefined) yield param;
    if (inner !== undefined) yield* placesIn(inner);
  }
}

function collect(look: Look, node: ParamNode, span: Span): void {
  const { picked, message, found } = look;
  const seen = new Set<string>();
  for (const member of membersOf(picked, message, span)) {
    const { key, kind } = member;
    // Folding makes no name shorter.
    if (key.length > node.longest || node.neighbours.has(key)) continue;
    const folded = foldKey(key);
    if (!node.folded.has(folded)) continue;
    const child = node.children.get(key);
    if (child === undefined) throw refused(picked, `differs from another only in case: ${key}`);
    if (seen.has(folded)) throw refused(picked, `stands there twice: ${key}`);
    seen.add(folded);
    const isGiven = kind !== 'null' || picked.withNull === true;
    if (child.param !== undefined && isGiven) found[child.param] = member;
    if (child.node !== undefined) lookInto(look, child.node, member);
  }
}

function membersOf({ because }: Picked, message: Buffer, span: Span): readonly Member[] {
  try {
    return objectMembers(message, span);
  } catch (error) {
    if (!(error instanceof TooManyMembersError)) throw error;
    throw new McpError('invalid_request', `arguments that ${because}: ${error.message}`);
  }
}

function refused({ because }: Picked, what: string): McpError {
  return new McpError('invalid_request', `an argument that ${because} ${what}`);
}
