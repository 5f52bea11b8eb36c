import { hash } from 'node:crypto';
import { unchangeable } from '../identity/token-form.js';

/** What is revoked: one token, or all that a user got before a time. */
export type Revoked =
  | { readonly kind: 'token'; readonly digest: string }
  | {
      readonly kind: 'user';
      readonly user: string;
      /** Seconds since the epoch. */
      readonly before: number;
    };

/** Revocations kept; beyond them those that end first go, for most of what they name has ended. */
const mostKept = 100_000;

/** Names a token without holding it, in whichever spelling its holder sends it. */
export function tokenDigest(token: string): string {
  return hash('sha256', unchangeable(token), 'base64url');
}

/** One line, as it is kept and told. */
export function writeRevoked(revoked: Revoked): string {
  if (revoked.kind === 'token') return `token ${revoked.digest}`;
  return `user ${revoked.user} ${revoked.before}`;
}

/** Undefined for what is no such line: others may write into the same Redis. */
export function readRevoked(text: string): Revoked | undefined {
  const token = /^token ([\w-]{43})$/.exec(text)?.[1];
  if (token !== undefined) return { kind: 'token', digest: token };
  const [, user, before] = /^user ([\w-]{32}) (\d{1,12})$/.exec(text) ?? [];
  if (user === undefined || before === undefined) return undefined;
  return { kind: 'user', user, before: Number(before) };
}

/** What this process knows of revocations: asking costs no message. */
export class Revocations {
  readonly #now: () => number;
  readonly #most: number;
  readonly #tokens = new Map<string, number>();
  readonly #users = new Map<string, { readonly before: number; readonly endsAt: number }>();

  /** @param now clock in milliseconds */
  constructor(now: () => number, most = mostKept) {
    this.#now = now;
    this.#most = most;
  }

  get size(): number {
    return this.#tokens.size + this.#users.size;
  }

  /**
   * @param endsAt milliseconds since the epoch from when on nothing it names is valid anyway
   * @returns whether it revokes what was not revoked before
   */
  add(revoked: Revoked, endsAt: number): boolean {
    if (endsAt <= this.#now()) return false;
    if (this.size >= this.#most) this.#makeRoom();
    if (revoked.kind === 'token') {
      const isNew = !this.#tokens.has(revoked.digest);
      this.#tokens.set(revoked.digest, endsAt);
      return isNew;
    }
    const known = this.#users.get(revoked.user);
    const before = Math.max(known?.before ?? 0, revoked.before);
    this.#users.set(revoked.user, { before, endsAt: Math.max(known?.endsAt ?? 0, endsAt) });
    return before !== known?.before;
  }

  hasToken(digest: string): boolean {
    return this.#tokens.size > 0 && this.#tokens.has(digest);
  }

  /**
   * Whether what a user got at this time is revoked.
   * @param issuedAt seconds since the epoch; what does not say when it was issued is
   */
  hasUser(user: string, issuedAt: number | undefined): boolean {
    if (this.#users.size === 0) return false;
    const found = this.#users.get(user);
    return found !== undefined && (issuedAt === undefined || issuedAt < found.before);
  }

  #makeRoom(): void {
    const now = this.#now();
    for (const [digest, endsAt] of this.#tokens) if (endsAt <= now) this.#tokens.delete(digest);
    for (const [user, { endsAt }] of this.#users) if (endsAt <= now) this.#users.delete(user);
    if (this.size < this.#most) return;
    const ends: (readonly [endsAt: number, forget: () => boolean])[] = [];
    for (const [digest, endsAt] of this.#tokens) {
      ends.push([endsAt, () => this.#tokens.delete(digest)]);
    }
    for (const [user, { endsAt }] of this.#users) {
      ends.push([endsAt, () => this.#users.delete(user)]);
    }
    ends.sort(([a], [b]) => a - b);
    for (const [, forget] of ends.slice(0, Math.ceil(this.#most / 10))) forget();
  }
}
