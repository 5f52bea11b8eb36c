export interface StreamReader {
  readonly response: Response;
  /** All that has arrived. */
  readonly text: () => string;
  /** Reads on until the text matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Reads to the end and answers everything. */
  rest(): Promise<string>;
  leave(): Promise<void>;
}

export interface StreamRequest {
  readonly method?: 'GET' | 'POST';
  readonly token?: string;
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON-RPC message. */
  readonly message?: object;
  /** The same as text. */
  readonly raw?: string;
}

/** Sends a request whose answer is read as it arrives. */
export async function openStream(url: string, request: StreamRequest): Promise<StreamReader> {
  const { method = 'POST', token, session, message } = request;
  const body = request.raw ?? (message ? JSON.stringify(message) : undefined);
  const headers: Record<string, string> = {
    accept: 'application/json, text/event-stream',
    ...request.headers,
  };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (session !== undefined) headers['mcp-session-id'] = session;
  const controller = new AbortController();
  const response = await fetch(url, {
    method,
    headers,
    signal: controller.signal,
    ...(body === undefined ? {} : { body }),
  });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const more = async (): Promise<boolean> => {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    text += decoder.decode(value, { stream: true });
    return !done;
  };
  return {
    response,
    text: () => text,
    until: async (pattern) => {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        if (!(await more())) throw new Error(`the stream ended without ${pattern}: ${text}`);
      }
    },
    rest: async () => {
      while (await more());
      return text;
    },
    leave: async () => {
      await reader?.cancel().catch(() => {});
      controller.abort();
    },
  };
}
