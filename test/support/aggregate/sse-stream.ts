import type { Harness, KongConfig, Sent } from './harness.js';

export interface SseEvent {
  readonly id: string | undefined;
  readonly data: { readonly method?: string; readonly params?: unknown; readonly result?: unknown };
}

export interface SseStream {
  readonly response: Response;
  readonly text: () => string;
  /** Events with data, so far. */
  readonly events: () => SseEvent[];
  /** Id of the latest event, without data or with. */
  readonly lastId: () => string;
  until(done: () => boolean): Promise<void>;
  rest(): Promise<void>;
  leave(): void;
}

/** Opens a stream through the access phase, by GET unless the request says otherwise. */
export async function openSse(
  harness: Harness,
  request: Sent,
  config?: KongConfig,
): Promise<SseStream> {
  const controller = new AbortController();
  const sent = { method: 'GET', ...request, signal: controller.signal } as Sent;
  const response = await harness.send(sent, config);
  const reader = response.body!.getReader();
  let text = '';
  const more = async () => {
    const { done, value } = await reader.read();
    text += new TextDecoder().decode(value);
    return !done;
  };
  const blocks = () => text.split('\n\n').slice(0, -1);
  return {
    response,
    text: () => text,
    events: () =>
      blocks().flatMap((block) => {
        const data = /^data: (.+)$/m.exec(block)?.[1];
        const id = /^id: (\S+)$/m.exec(block)?.[1];
        return data === undefined ? [] : [{ id, data: JSON.parse(data) as SseEvent['data'] }];
      }),
    lastId: () => [...text.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? '',
    until: async (done) => {
      while (!done()) if (!(await more())) throw new Error(`ended: ${text}`);
    },
    rest: async () => {
      while (await more());
    },
    leave: () => controller.abort(),
  };
}
