import type { SpanContext } from '../../../../lib/tracing/tracing.js';

/** Where tokens for one server come from. */
export interface TokenSource {
  /** The token for a context where it is at hand. */
  known(context: string): string | undefined;
  /**
   * @param parent the span of who asks first, where that is traced
   * @throws NoToken
   */
  token(context: string, parent?: SpanContext): Promise<string>;
  /** Another token in place of a refused one, if there is sense in it. @throws NoToken */
  renew(context: string, refused: string, parent?: SpanContext): Promise<string | undefined>;
}
