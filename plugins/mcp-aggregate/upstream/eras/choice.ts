import { modernVersions } from '../../../../lib/protocol/classify.js';
import type { ServerConfig } from '../../config/config.js';
import type { Party } from '../conversation/link.js';
import type { Era } from './era-memory.js';

/** The eras that the configuration lets a server be spoken to in. */
export function erasOf({ versions }: ServerConfig): ReadonlySet<Era> {
  const isModern = (version: string) => modernVersions.includes(version);
  const eras = new Set<Era>();
  if (versions.some((version) => !isModern(version))) eras.add('legacy');
  if (versions.some(isModern)) eras.add('modern');
  return eras;
}

/** A server that speaks both is spoken to in that of the client: what works directly works here. */
export function preferredBy({ modern }: Party): Era {
  return modern === true ? 'modern' : 'legacy';
}
