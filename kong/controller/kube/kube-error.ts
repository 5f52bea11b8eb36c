interface KubeStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
}

/** What the API server has against a request; status 0 where it has not answered. */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }

  /** Of an answer, or of an event of a watch. */
  static of(status: number, text: string): KubeError {
    let said: KubeStatus = {};
    try {
      said = JSON.parse(text) as KubeStatus;
    } catch {
      // Not from the API server itself.
    }
    return new KubeError(status, said.reason ?? 'Unknown', said.message ?? `HTTP ${status}`);
  }
}

export const statusOf = (error: unknown): number | undefined =>
  error instanceof KubeError ? error.status : undefined;
