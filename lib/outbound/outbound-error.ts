/** Why a call of ours to another server failed. */
export type OutboundFailure = 'address_refused' | 'timeout' | 'too_large' | 'unreachable';

/** A failed call. `message` may be logged: it names the address without its query, nothing else. */
export class OutboundError extends Error {
  readonly code: OutboundFailure;

  constructor(code: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundError';
    this.code = code;
  }
}

/** `url` without query, for logs. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
