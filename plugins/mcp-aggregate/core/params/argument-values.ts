import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import type { MirroredParams } from './mirrored-params.js';
import { pickArguments } from './pick-arguments.js';

/**
 * The values of the mirrored arguments as they stand, each at its parameter's place; undefined where
 * there is none, or null.
 * @param message bytes that `params` was read from
 * @throws McpError `invalid_request` as `pickArguments`
 */
export function argumentValues(
  { all, root }: MirroredParams,
  message: Buffer,
  params: ParamsEnvelope | undefined,
): readonly (Member | undefined)[] {
  return pickArguments({ root, count: all.length, because: 'a header mirrors' }, message, params);
}
