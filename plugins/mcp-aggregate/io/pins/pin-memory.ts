import { held } from '../../../../lib/held/limits.js';
import { SharedBytes } from '../../../../lib/held/shared-bytes.js';
import type { PinMemory } from '../../core/pins/server-pins.js';

const differences = new SharedBytes(held.pinDifferences);
const findings = new SharedBytes(held.pinFindings);
const seen = new SharedBytes(held.seenDefinitions);

/** What has been seen first, of all servers of this process. */
export const firstUseMemory = new SharedBytes(held.firstUse);

/** What the pins of one server behind an endpoint may hold of the memory of this process. */
export function pinMemory(): PinMemory {
  return { differences: differences.share(), findings: findings.share(), seen: seen.share() };
}
