/** The keys of an issuer cannot be had now. `message` may be logged and holds no query. */
export class KeysUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeysUnavailable';
  }
}
