/** What keeps a configuration from a Kong: stable, for programs. */
export type ApplyCode =
  /** No answer, or one that says later. */
  | 'unreachable'
  /** The Admin API wants another credential. */
  | 'not_allowed'
  /** The configuration is wrong, by Kong's own rules. */
  | 'refused'
  /** Something that is not ours would be lost, or is in the way. */
  | 'foreign'
  /** The configuration holds what this way of applying cannot carry. */
  | 'unsupported'
  /** What answers is not an Admin API that can be used. */
  | 'not_kong';

/** A configuration was not applied; the message holds no secret and says what mends it. */
export class ApplyError extends Error {
  readonly code: ApplyCode;

  constructor(code: ApplyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApplyError';
    this.code = code;
  }

  /** Whether the same may succeed soon, with nothing mended. */
  get passing(): boolean {
    return this.code === 'unreachable';
  }
}
