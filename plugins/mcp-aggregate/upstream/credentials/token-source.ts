import type { SpanContext } from '../../../../lib/tracing/tracing.js';

/** Where tokens for one server come from. */
export interface TokenSource {
  /** The token for a context where it is at hand. */
  known(context: string): string | undefined;
  /** For how long that one is used, in milliseconds; 0 where there is none. */
  leftMs(context: string): number;
  /**
   * @param parent the span of who asks first, where that is traced
   * @throws NoToken
   */
  token(context: string, parent?: SpanContext): Promise<string>;
  /** Another token in place of a refused one, if there is sense in it. @throws NoToken */
  renew(context: string, refused: string, parent?: SpanContext): Promise<string | undefined>;
}
