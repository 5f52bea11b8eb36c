import { encodeString, removals, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import { metaKey } from '../../../../lib/protocol/meta-key.js';
import type { Routed } from './route-request.js';

/** Members of `params` that are about this hop alone. */
export const hopMembers: ReadonlySet<string> = new Set(['task', 'inputResponses', 'requestState']);
/** Members of `_meta` that each hop makes anew (requirement H6). */
const hopMeta: ReadonlySet<string> = new Set(
  ['protocolVersion', 'clientInfo', 'clientCapabilities', 'logLevel'].map(metaKey),
);

/** The same params without what their `_meta` says of this hop. */
export function withoutHopMeta(params: ParamsEnvelope): ParamsEnvelope {
  const { meta } = params;
  const kept = meta.filter(({ key }) => !hopMeta.has(key));
  return kept.length === meta.length ? params : { ...params, meta: kept };
}

/**
 * The edits that make a client's message one for its server: the name or URI that the server knows at
 * `span`, and nothing of what is about this hop alone. A wish for a task is ignored: such tasks are
 * not offered (2025-11-25, tasks).
 */
export function originalEdits(
  message: Buffer,
  { members, meta }: ParamsEnvelope,
  span: Routed['span'],
  original: string,
): Edit[] {
  return [
    { span, replacement: encodeString(original) },
    ...removals(
      message,
      members.filter(({ key }) => hopMembers.has(key)),
    ),
    ...removals(
      message,
      meta.filter(({ key }) => hopMeta.has(key)),
    ),
  ];
}

/**
 * The bytes of `params` with those edits.
 * @param more edits of the message, within `params`
 */
export function withOriginal(
  message: Buffer,
  params: ParamsEnvelope,
  span: Routed['span'],
  original: string,
  more: readonly Edit[] = [],
): RawJson {
  const base = params.span.start;
  const edits = [...originalEdits(message, params, span, original), ...more];
  const shifted = edits.map((edit) => ({
    span: { start: edit.span.start - base, end: edit.span.end - base },
    replacement: edit.replacement,
  }));
  return splice(message.subarray(base, params.span.end), shifted);
}
