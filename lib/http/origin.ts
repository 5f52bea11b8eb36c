/** Serialised origin (RFC 6454 section 6.2): scheme, host, optional port, nothing after it. */
const serialised = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/**
 * Whether a request with this `Origin` is served (requirement H2). Scheme and host compare without
 * case, the port exactly.
 * @param allowed origins, `null` for the opaque one, or `*` for all
 */
export function originAllowed(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined) return true;
  const wanted = origin.toLowerCase();
  if (origin !== 'null' && !serialised.test(origin)) return false;
  return allowed.some((entry) => entry === '*' || entry.toLowerCase() === wanted);
}
