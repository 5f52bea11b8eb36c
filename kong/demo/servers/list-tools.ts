import { setTimeout as sleep } from 'node:timers/promises';

export interface ListedTool {
  readonly name: string;
  readonly inputSchema?: { readonly required?: readonly string[] };
  readonly annotations?: { readonly readOnlyHint?: boolean };
}

interface Answer {
  readonly result?: { readonly tools?: readonly ListedTool[] };
}

/** One `tools/list` as a client sends it; undefined while the gateway does not serve it yet. */
async function ask(endpoint: string, token: string): Promise<readonly ListedTool[] | undefined> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      signal: AbortSignal.timeout(8_000),
    });
    const body = await response.text();
    const data = /^data: ?(\{.*)$/m.exec(body)?.[1] ?? body;
    return response.ok ? (JSON.parse(data) as Answer).result?.tools : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lists until every prefix shows a tool, `deadlineMs` at most: what it has by then is answered.
 * @returns undefined when the endpoint never answered
 */
export async function listTools(
  endpoint: string,
  token: string,
  prefixes: readonly string[],
  deadlineMs: number,
): Promise<readonly ListedTool[] | undefined> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const tools = await ask(endpoint, token);
    const complete = prefixes.every((one) => tools?.some(({ name }) => name.startsWith(one)));
    if (complete || Date.now() > end) return tools;
    await sleep(100);
  }
}
