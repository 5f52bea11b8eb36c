/**
 * What is needed of an issuer, its keys or its word on a token, cannot be had now. `message` may be
 * logged and holds no query.
 */
export class IssuerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IssuerUnavailable';
  }
}
