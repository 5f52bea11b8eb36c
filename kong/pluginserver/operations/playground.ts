/** An authorization server that the page may send its visitor to. */
export interface PlaygroundLogin {
  readonly issuer: string;
  /** A public client that is registered there; without one the page registers itself. */
  readonly clientId?: string;
  /** Origins of its endpoints besides the issuer's own. */
  readonly also: readonly string[];
}

/** What the page may call; all of it is configured, nothing learned from whom it talks with. */
export interface PlaygroundOptions {
  /** Addresses of endpoints, as their clients know them. */
  readonly endpoints: readonly string[];
  readonly logins: readonly PlaygroundLogin[];
}

/** Every origin that the page may connect to besides its own. */
export function originsOf({ endpoints, logins }: PlaygroundOptions): readonly string[] {
  const addresses = [...endpoints, ...logins.flatMap(({ issuer, also }) => [issuer, ...also])];
  return [...new Set(addresses.map((address) => new URL(address).origin))];
}
