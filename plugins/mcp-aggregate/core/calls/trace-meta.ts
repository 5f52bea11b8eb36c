import { foldKey } from '../../../../lib/json/protocol-keys.js';
import { encodeString } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import { findMember } from '../../../../lib/json/members.js';
import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { readRequestId, readTrace } from '../../../../lib/tracing/trace-context.js';
import type { TraceContext } from '../../../../lib/tracing/trace-context.js';
import type { Call } from './call.js';

/** Member of a request's `_meta` that carries Kong's request id to servers. */
const requestIdKey = 'kong-plugin-mcp/request-id';

/**
 * What a server is told of a call: this gateway's own span where it traces, else what came with the
 * request.
 */
export function toldTrace({
  span,
  headers,
}: Pick<Call, 'span' | 'headers'>): TraceContext | undefined {
  if (span === undefined) return readTrace(headers);
  return { ...span.context, requestId: headers && readRequestId(headers) };
}

/**
 * The edits that put a trace into the `_meta` of a request (SEP-414), all else left as it stands.
 * What the client says there of its own trace is about this very message and stays, both members
 * alike, unless it is `replaced`: a state never goes with another's parent. The request id is ours to
 * say.
 */
export function traceEdits(params: ParamsEnvelope, trace: TraceContext, replaced = false): Edit[] {
  const { traceparent, tracestate, requestId } = trace;
  const { meta } = params;
  const edits: Edit[] = [];
  const added: string[] = [];
  const own = meta.filter(({ key }) => isSame(key, 'traceparent') || isSame(key, 'tracestate'));
  if (traceparent !== undefined && (replaced || own.length === 0)) {
    // An empty state is none (W3C Trace Context §3.3.1).
    const said = tracestate ?? (own.length > 1 ? '' : undefined);
    const texts = [memberText('traceparent', traceparent)];
    if (said !== undefined) texts.push(memberText('tracestate', said));
    for (const [at, member] of own.entries()) {
      const isLast = at === own.length - 1;
      const replacement = isLast ? texts.splice(0).join(',') : texts.shift()!;
      edits.push({ span: wholeOf(member), replacement });
    }
    added.push(...texts);
  }
  if (requestId !== undefined) {
    const said = meta.find(({ key }) => isSame(key, requestIdKey));
    const text = memberText(requestIdKey, requestId);
    if (said === undefined) added.push(text);
    else edits.push({ span: wholeOf(said), replacement: text });
  }
  if (added.length > 0) edits.push(addition(params, added.join(',')));
  return edits;
}

/** Parsers that fold case must not find two. */
function isSame(key: string, known: string): boolean {
  return key === known || foldKey(key) === foldKey(known);
}

function memberText(key: string, value: string): string {
  return `${encodeString(key)}:${encodeString(value)}`;
}

function wholeOf({ keySpan, value }: Member) {
  return { start: keySpan.start, end: value.end };
}

/** At the end of `_meta`, or of `params` where there is none. */
function addition({ span, members, meta }: ParamsEnvelope, text: string): Edit {
  const known = findMember(members, '_meta');
  const end = (known?.value ?? span).end - 1;
  const comma = (known === undefined ? members : meta).length > 0 ? ',' : '';
  const replacement = known === undefined ? `${comma}"_meta":{${text}}` : `${comma}${text}`;
  return { span: { start: end, end }, replacement };
}
