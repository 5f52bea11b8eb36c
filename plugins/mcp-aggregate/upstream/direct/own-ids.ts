import { randomInt } from 'node:crypto';

/**
 * Where the ids of our own requests begin in a session in which clients' ids are used as they are: in
 * the upper half of the integers that JSON carries unharmed, at a place that nobody can guess. Clients'
 * own ids from there on are kept out of such sessions.
 */
export function firstOwnId(): number {
  return 2 ** 52 + randomInt(2 ** 48 - 1);
}
