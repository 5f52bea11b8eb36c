import { claimName } from '../../../../lib/policy/claim.js';
import type { ClaimCondition } from '../../../../lib/policy/claim.js';
import { itemOperations } from '../../../../lib/policy/operation.js';
import type { AggregateConfig, ServerConfig } from '../../config/config.js';
import type { ArgumentCondition } from '../../core/policy/argument-condition.js';
import type { ServerPins } from '../../core/pins/server-pins.js';

/** Whose rules are told; `pins` where the server has some. */
export interface ToolOwner {
  readonly config: Pick<AggregateConfig, 'access' | 'argumentRules' | 'guards' | 'views'>;
  readonly server: Pick<ServerConfig, 'overrides'> | undefined;
  readonly pins: ServerPins | undefined;
}

/**
 * What the configuration says of one tool: which rules, not the values that they compare with or set,
 * since those may name people, or be secrets.
 * @param name as clients see it
 * @param original as its server calls it
 */
export function rulesOfTool(owner: ToolOwner, name: string, original: string): object {
  const { access, argumentRules, guards, views } = owner.config;
  const { scopes, claimRules, unclear, shown } = access.policy.match(itemOperations('tool', name));
  const own = owner.server?.overrides.get(original);
  const fixed = [...(own?.arguments?.fixed.keys() ?? [])];
  return {
    // Scopes that the document of an API names for it, which is not read yet.
    unclear,
    scopes,
    claims: claimRules.flat().map(({ rule: { path, effect, condition } }) => ({
      claim: claimName(path),
      effect,
      by: claimTest(condition),
    })),
    arguments: argumentRules.concerning(name).map((rule) => ({
      argument: rule.pointer,
      effect: rule.effect,
      ...argumentTest(rule.condition),
      optional: rule.optional,
      reason: rule.reason ?? null,
    })),
    fixed_arguments: fixed,
    hidden_arguments: own?.arguments?.names.filter((one) => !fixed.includes(one)) ?? [],
    logged_arguments: own?.logged?.logged.map(({ pointer }) => pointer) ?? [],
    guards: guards
      .concerning(name)
      .map(({ config }) => ({ name: config.name, on: [...config.on] })),
    views: shown === undefined ? null : shown.indexes.map((index) => views?.all[index]?.name),
    pin: pinOf(owner.pins, original),
  };
}

function claimTest({ equals, contains }: ClaimCondition): string {
  if (equals !== undefined) return 'equals';
  return contains === undefined ? 'one_of' : 'contains';
}

function argumentTest({ oneOf, claim }: ArgumentCondition): object {
  if (claim !== undefined) return { by: 'claim', claim: claimName(claim) };
  if (oneOf === undefined) return { by: 'matches' };
  return { by: oneOf.size === 1 ? 'equals' : 'one_of' };
}

/** How it stands to what was approved; null where nothing is pinned, or that is not known. */
function pinOf(pins: ServerPins | undefined, original: string): string | null {
  if (pins?.options.approvals === undefined) return null;
  const { changes } = pins;
  return changes.of('tool', original) ?? (changes.leftOut('tool') > 0 ? null : 'approved');
}
