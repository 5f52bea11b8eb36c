/** A session that its client has ended. */
export interface EndedSession {
  /** Random name of the session. */
  readonly id: string;
  readonly endpoint: string;
  /** `principalKey` of its owner. */
  readonly principal: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const name = /^[\w-]{1,128}$/;

/** Undefined for what is no such text: others may write into the same Redis. */
export function readEnded(text: string): EndedSession | undefined {
  const [id = '', endpoint = '', principal = '', expiresAt = '', more] = text.split(' ');
  if (more !== undefined || ![id, endpoint, principal].every((part) => name.test(part))) {
    return undefined;
  }
  return /^\d{1,16}$/.test(expiresAt)
    ? { id, endpoint, principal, expiresAt: Number(expiresAt) }
    : undefined;
}

export function writeEnded({ id, endpoint, principal, expiresAt }: EndedSession): string {
  return [id, endpoint, principal, Math.ceil(expiresAt)].join(' ');
}
