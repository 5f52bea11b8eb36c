/** The process whose aggregator is to serve a request. */
export interface Destination {
  /** As Kong reaches it. */
  readonly host: string;
  readonly port: number;
  /** Whether it is this very process. */
  readonly here: boolean;
  /** Which worker of this node, where it is another one. */
  readonly slot?: number;
}

/** What a ticket for it is bound to: a ticket for one aggregator opens at no other. */
export function placeOf({ host, port }: Pick<Destination, 'host' | 'port'>): string {
  return `${host}:${port}`;
}
