interface Waiting {
  readonly frame: Buffer;
  /** Whether the server still wants it. */
  readonly isWanted: () => boolean;
}

/**
 * Notifications of a client on their way to a server: one after the other, so that they keep their
 * order, and of each subject only the newest, so that a client cannot make them pile up.
 */
export class SideQueue {
  readonly #send: (frame: Buffer) => Promise<void>;
  readonly #waiting = new Map<string, Waiting>();
  #isSending = false;

  /** @param send never throws */
  constructor(send: (frame: Buffer) => Promise<void>) {
    this.#send = send;
  }

  put(subject: string, frame: Buffer, isWanted: () => boolean = () => true): void {
    this.#waiting.delete(subject);
    this.#waiting.set(subject, { frame, isWanted });
    if (!this.#isSending) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isSending = true;
    for (const [subject, { frame, isWanted }] of this.#waiting) {
      this.#waiting.delete(subject);
      if (isWanted()) await this.#send(frame);
    }
    this.#isSending = false;
  }
}
