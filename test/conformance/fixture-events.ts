import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** What a session has sent, in order, so that a stream that was closed can be taken up again. */
export class SentEvents implements EventStore {
  readonly #sent: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];

  storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    return Promise.resolve(String(this.#sent.push({ stream, message })));
  }

  async replayEventsAfter(
    last: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = this.#sent[Number(last) - 1]?.stream ?? '';
    for (const [index, sent] of this.#sent.entries()) {
      const isLater = index >= Number(last) && sent.stream === stream;
      // Events that only give a stream its first id have no message.
      if (isLater && 'jsonrpc' in sent.message) await send(String(index + 1), sent.message);
    }
    return stream;
  }
}
