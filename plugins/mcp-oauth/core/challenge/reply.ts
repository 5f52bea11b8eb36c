/** An answer given here, so that nothing is proxied. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The `error` that it names, for figures. */
  readonly code?: string;
  /** Why a token was refused, for figures: a name of our own. */
  readonly reason?: string;
}

/** A JSON error body as RFC 6749 §5.2 shapes it; `description` must hold nothing of the token. */
export function errorReply(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify({ error, error_description: description }),
    code: error,
  };
}
