/** Where tokens for one server come from. */
export interface TokenSource {
  /** The token for a context where it is at hand. */
  known(context: string): string | undefined;
  /** @throws NoToken */
  token(context: string): Promise<string>;
  /** Another token in place of a refused one, if there is sense in it. @throws NoToken */
  renew(context: string, refused: string): Promise<string | undefined>;
}
