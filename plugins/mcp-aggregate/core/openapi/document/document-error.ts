/** The document, or one operation of it, cannot be served; the message is fit for an operator. */
export class DocumentError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'DocumentError';
  }
}
