/** Where the aggregators of a node are reached by others: worker `k` at `port + k`. */
export interface PeerAddress {
  /** As it was written: it names the node. */
  readonly text: string;
  /** An IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

const form =
  /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{1,5})$/;

/** Reads `HOST:PORT`; undefined for anything else. */
export function readPeer(text: string): PeerAddress | undefined {
  const [, host, digits] = form.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { text, host, port };
}
