import { createHash } from 'node:crypto';
import { findMember } from '../../../../../lib/json/members.js';
import type { ModernPost } from '../modern-post.js';

/** Digest of what a request is about: a client that returns with answers must ask for the very same. */
export function subjectOf({ bytes, request }: ModernPost): string {
  const hash = createHash('sha256').update(`${request.method}\n`);
  for (const key of ['name', 'uri', 'arguments']) {
    const member = request.params && findMember(request.params.members, key);
    const raw = member ? bytes.subarray(member.value.start, member.value.end) : Buffer.of();
    hash.update(`${raw.length}:`).update(raw);
  }
  return hash.digest('base64');
}
