import type { Candidate } from '../resolve/resolve-server.js';
import { isMembers } from '../members.js';
import type { Members, Secret } from '../resources.js';

/** Configuration of both plugins but for the servers. */
export interface GatewayConfig {
  readonly aggregate: Members;
  readonly oauth?: Members | undefined;
  readonly secret: boolean;
  readonly madeOf: readonly string[];
}

/** What a gateway served last, as its state Secret has it. */
export interface LastGood {
  readonly config?: GatewayConfig | undefined;
  readonly servers: readonly Candidate[];
}

/** Key of it in the Secret. */
export const stateKey = 'state';
const nothing: LastGood = { servers: [] };

/** What stands in a state Secret; nothing where it cannot be read. */
export function readLastGood(state: Secret | undefined): LastGood {
  const encoded = state?.data?.[stateKey];
  if (encoded === undefined) return nothing;
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    if (!isMembers(value) || !Array.isArray(value['servers'])) return nothing;
    return value as unknown as LastGood;
  } catch {
    return nothing;
  }
}

export const writeLastGood = (state: LastGood): string => JSON.stringify(state);
