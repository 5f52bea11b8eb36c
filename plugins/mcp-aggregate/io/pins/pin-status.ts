import { perKind } from '../../core/items/item-kinds.js';
import { sectionOf } from '../../core/pins/lockfile/lockfile-members.js';
import type { ServerPins } from '../../core/pins/server-pins.js';

/** Findings named one by one; all are counted. */
const mostNamed = 20;
const longestName = 128;
const named = <T extends { readonly item: string }>(one: T): T => {
  return { ...one, item: one.item.slice(0, longestName) };
};

/** What an operator is told of the pinned definitions of a server; null for what is off. */
export function pinStatus(pins: ServerPins | undefined): object {
  return { pin: pinOf(pins), lint: lintOf(pins) };
}

function pinOf(pins: ServerPins | undefined): object | null {
  const approvals = pins?.options.approvals;
  if (pins === undefined || approvals === undefined) return null;
  const { items } = approvals.approved;
  return {
    mode: pins.options.enforce ? 'enforce' : 'warn',
    source: approvals.source,
    problem: approvals.problem ?? (pins.closed ? 'the server calls itself otherwise' : null),
    serves: !pins.closed,
    approved: Object.fromEntries(
      Object.values(perKind((kind) => [sectionOf[kind], items[kind]?.size ?? null] as const)),
    ),
    differing: pins.changes.counts,
    left_out: pins.changes.leftOut(),
    withheld: pins.withheld,
    changes: pins.changes.told.map(named),
  };
}

function lintOf(pins: ServerPins | undefined): object | null {
  if (pins === undefined) return null;
  const { doubts, byRule } = pins.lint;
  return {
    findings: doubts.length,
    by_rule: Object.fromEntries(byRule),
    items: doubts.slice(0, mostNamed).map(named),
  };
}
