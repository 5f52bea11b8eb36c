/**
 * What the function of kong/direct/fewer-calls.ts is asked, under names in `kong.ctx.shared` that no
 * other plugin uses. They begin with its version.
 */
export const questions = {
  /** Word, method, path with query, then names and values of headers. */
  request: '\u0001mcp 1 request',
  /**
   * Word, mcp-oauth's handle, kind of the body, the body. The kind is `body`, or `later` where it is
   * to be asked for by itself. Without a handle also ids of consumer and credential, and what
   * `request` says without word.
   */
  handed: '\u0001mcp 1 handed',
} as const;
