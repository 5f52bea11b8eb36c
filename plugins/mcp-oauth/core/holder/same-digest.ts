import { timingSafeEqual } from 'node:crypto';

/** Whether two digests in base64url are one, told in constant time. */
export function sameDigest(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
