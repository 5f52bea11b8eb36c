/** A connected client. */
export interface BrowserClient {
  /** Calls a tool of server-everything with a message; answers the text of its result. */
  call(tool: string): Promise<string>;
  /** Ends the session and the connection. */
  end(): Promise<void>;
}

export const message = { message: 'hello' };

export function textOf(result: object): string {
  const { content } = result as { readonly content?: readonly { readonly text?: string }[] };
  return content?.[0]?.text ?? '';
}
