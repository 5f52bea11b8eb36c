import type { HeaderRecord } from '../http/single-header.js';

/** What joins a request with others of its trace, and with Kong's logs; every part is checked. */
export interface TraceContext {
  /** W3C Trace Context, §3.2. */
  readonly traceparent: string | undefined;
  /** W3C Trace Context, §3.3; only beside a traceparent. */
  readonly tracestate: string | undefined;
  /** Kong's id of the request, as its logs and error pages show it. */
  readonly requestId: string | undefined;
}

const requestIdHeader = 'x-kong-request-id';

const requestIdForm = /^[0-9a-f]{32}$/;
const parentForm =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{0,200})?$/;
const stateMember =
  /^(?:[a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const mostMembers = 32;
const longestState = 2_048;

/** The trace of a request by its headers; what is malformed is dropped. Undefined where nothing is left. */
export function readTrace(headers: HeaderRecord | undefined): TraceContext | undefined {
  if (headers === undefined) return undefined;
  const requestId = readRequestId(headers);
  const traceparent = readParent(headers['traceparent']);
  if (requestId === undefined && traceparent === undefined) return undefined;
  const tracestate = traceparent && readState(headers['tracestate']);
  return { traceparent, tracestate, requestId };
}

/** The same as headers for a server. */
export function traceHeaders(trace: TraceContext): Readonly<Record<string, string>> {
  const { traceparent, tracestate, requestId } = trace;
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(requestId === undefined ? {} : { [requestIdHeader]: requestId }),
  };
}

/** Kong's id of a request; Kong sets the header itself, whatever the client sent. */
export function readRequestId(headers: HeaderRecord): string | undefined {
  const id = headers[requestIdHeader];
  return typeof id === 'string' && requestIdForm.test(id) ? id : undefined;
}

/** Version 00 has nothing after the flags; later ones may. */
function readParent(value: HeaderRecord[string]): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, version, more] = parentForm.exec(value) ?? [];
  return version === undefined || (version === '00' && more !== undefined) ? undefined : value;
}

function readState(value: HeaderRecord[string]): string | undefined {
  if (typeof value !== 'string' || value.length > longestState) return undefined;
  const members = value.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
  const given = members.filter((member) => member !== '');
  if (given.length === 0 || given.length > mostMembers) return undefined;
  if (!given.every((member) => stateMember.test(member))) return undefined;
  const keys = new Set(given.map((member) => member.slice(0, member.indexOf('='))));
  return keys.size === given.length ? given.join(',') : undefined;
}
