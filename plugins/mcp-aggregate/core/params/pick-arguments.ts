import { McpError } from '../../../../lib/errors.js';
import { objectMembers, TooManyMembersError } from '../../../../lib/json/members.js';
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
}

/**
 * Some of a call's arguments as they stand, each at its place; undefined where there is none, or null.
 * @param message bytes that `params` was read from
 * @throws McpError `invalid_request` where parsers could take different values for one of them, or an
 *   object that holds one has more members than are looked at
 */
export function pickArguments(
  picked: Picked,
  message: Buffer,
  params: ParamsEnvelope | undefined,
): readonly (Member | undefined)[] {
  const found = Array.from<Member | undefined>({ length: picked.count });
  const given = params?.members.find(({ key }) => key === 'arguments');
  if (given?.kind === 'object') collect(picked, picked.root, message, given.value, found);
  return found;
}

function collect(
  picked: Picked,
  node: ParamNode,
  message: Buffer,
  span: Span,
  found: (Member | undefined)[],
): void {
  const seen = new Set<string>();
  for (const member of membersOf(picked, message, span)) {
    const { key, kind, value } = member;
    // Folding makes no name shorter.
    if (key.length > node.longest || node.neighbours.has(key)) continue;
    const folded = foldKey(key);
    if (!node.folded.has(folded)) continue;
    const child = node.children.get(key);
    if (child === undefined) throw refused(picked, `differs from another only in case: ${key}`);
    if (seen.has(folded)) throw refused(picked, `stands there twice: ${key}`);
    seen.add(folded);
    if (child.param !== undefined && kind !== 'null') found[child.param] = member;
    if (child.node !== undefined && kind === 'object') {
      collect(picked, child.node, message, value, found);
    }
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
