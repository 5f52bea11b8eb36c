/** Milliseconds until an identity's credential ends; without bound where it does not say. */
export function lifetimeOf({ expiresAt }: { readonly expiresAt?: number }): number {
  return expiresAt === undefined ? Infinity : Math.max(0, expiresAt * 1000 - Date.now());
}
