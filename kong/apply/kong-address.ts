/** A Kong's Admin API, and what is sent to be let in. */
export interface KongAddress {
  /** Origin, and a path where there is one; no slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
