/** Where tokens for one server come from. */
export interface TokenSource {
  /** @throws NoToken */
  token(context: string): Promise<string>;
  /** Another token in place of a refused one, if there is sense in it. @throws NoToken */
  renew(context: string, refused: string): Promise<string | undefined>;
}
