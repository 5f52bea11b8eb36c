import { createHash } from 'node:crypto';

/**
 * The id of an entity that has none of its own: the same for the same place of the same owner, so
 * that writing it twice makes one entity. In the form of RFC 9562, version 8 (of one's own making).
 */
export function entityId(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}
