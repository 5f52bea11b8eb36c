import { createHmac, randomBytes } from 'node:crypto';

/** Request header that says: this request has been through a `route` server. */
export const hopHeader = 'x-kong-mcp-hop';

/**
 * Marks what the aggregator sends back through Kong, so that an endpoint knows it when it comes
 * round: the mark stays on the request when its handle is gone. Lists are kept per endpoint, so a
 * loop of endpoints would put each list into the other, longer at every refresh; therefore one hop
 * is the most. The mark depends on the sealing key alone: all nodes of a gateway know each other's.
 * Nobody else can make one, and whoever repeats one gains a refusal.
 */
export class HopMark {
  #marks: readonly string[] = [markOf(randomBytes(32))];

  /** Takes the sealing keys; the first one marks, all are recognised. */
  use(keys: readonly Buffer[]): void {
    if (keys.length > 0) this.#marks = keys.map(markOf);
  }

  /** The value to send. */
  get value(): string {
    return this.#marks[0]!;
  }

  /** Whether the value of `hopHeader` is a mark of this gateway, alone or among others. */
  recognises(header: string | readonly string[] | undefined): boolean {
    if (header === undefined) return false;
    return [header].flat().some((value) => this.#marks.some((mark) => value.includes(mark)));
  }
}

/** That of this process. */
export const hopMark = new HopMark();

function markOf(key: Buffer): string {
  return createHmac('sha256', key).update('kong-plugin-mcp route hop').digest('base64url');
}
