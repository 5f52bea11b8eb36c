const filler = '.'.repeat(32);

/**
 * Ends a text for Kong that is much like others. LuaJIT, which keeps every text once, tells texts of
 * 128 bytes and more apart by their length, three bytes and, where many are alike, by little more than
 * their ends: those that differ in a digit alone would be compared with all that are not collected
 * yet, which took a tenth of nginx's time.
 * @param count another for each text
 */
export function ownTail(count: number): string {
  return filler.slice(0, count % 32) + count.toString(36).padStart(8, '0');
}
