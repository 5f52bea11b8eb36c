import { McpError } from '../../../../lib/errors.js';
import { objectMembers, TooManyMembersError } from '../../../../lib/json/members.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import type { Member, ParamsEnvelope, Span } from '../../../../lib/json/types.js';
import type { MirroredParams, ParamNode } from './mirrored-params.js';

/**
 * The values of the mirrored arguments as they stand, each at its parameter's place; undefined where
 * there is none, or null.
 * @param message bytes that `params` was read from
 * @throws McpError `invalid_request` where parsers could take different values for the mirrored one,
 *   or an object that holds one has more members than are looked at
 */
export function argumentValues(
  mirrored: MirroredParams,
  message: Buffer,
  params: ParamsEnvelope | undefined,
): readonly (Member | undefined)[] {
  const found: (Member | undefined)[] = mirrored.all.map(() => undefined);
  const given = params?.members.find(({ key }) => key === 'arguments');
  if (given?.kind === 'object') collect(mirrored.root, message, given.value, found);
  return found;
}

function collect(
  node: ParamNode,
  message: Buffer,
  span: Span,
  found: (Member | undefined)[],
): void {
  const seen = new Set<string>();
  for (const member of membersOf(message, span)) {
    const { key, kind, value } = member;
    // Folding makes no name shorter.
    if (key.length > node.longest || node.neighbours.has(key)) continue;
    const folded = foldKey(key);
    if (!node.folded.has(folded)) continue;
    const child = node.children.get(key);
    if (child === undefined) throw refused(`differs from another only in case: ${key}`);
    if (seen.has(folded)) throw refused(`stands there twice: ${key}`);
    seen.add(folded);
    if (child.param !== undefined && kind !== 'null') found[child.param] = member;
    if (child.node !== undefined && kind === 'object') collect(child.node, message, value, found);
  }
}

function membersOf(message: Buffer, span: Span): readonly Member[] {
  try {
    return objectMembers(message, span);
  } catch (error) {
    if (!(error instanceof TooManyMembersError)) throw error;
    throw new McpError('invalid_request', `arguments that headers mirror: ${error.message}`);
  }
}

function refused(what: string): McpError {
  return new McpError('invalid_request', `an argument that a header mirrors ${what}`);
}
