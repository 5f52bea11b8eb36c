/** The event is over, or Kong is gone: the call did not happen, or its answer will not come. */
export class EventOverError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EventOverError';
  }
}
