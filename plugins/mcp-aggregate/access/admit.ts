import { andThen } from '../../../lib/flow/eventual.js';
import type { Eventual } from '../../../lib/flow/eventual.js';
import { readBody } from '../../../lib/http/body-file.js';
import { checkBodyHeaders } from '../../../lib/http/body-headers.js';
import { singleHeader } from '../../../lib/http/single-header.js';
import { hopMark } from '../../../lib/handles/hop-mark.js';
import { messagesOf } from '../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../lib/json/envelope.js';
import type { Envelope } from '../../../lib/json/types.js';
import type { AggregateConfig } from '../config/config.js';
import { admitBody, askedBy } from '../core/admit/admit.js';
import type { Asked } from '../core/admit/admit.js';
import { refuseMarked } from '../core/admit/admit-internal.js';
import type { CallerContext } from '../core/calls/call.js';
import { callerContext, identify } from '../core/admit/caller.js';
import { checkEra, withSession } from '../core/admit/check-era.js';
import type { ClientEra } from '../core/admit/check-era.js';
import { checkHttpMethod } from '../core/admit/http-method.js';
import { checkHeaders } from '../core/admit/check-headers.js';
import { isSearch } from '../core/discovery/discovery.js';
import type { Discovery } from '../core/discovery/discovery.js';
import { unwrapCall } from '../core/discovery/unwrap-call.js';
import { askerOf } from '../core/policy/policy.js';
import type { Asker } from '../core/policy/policy.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import type { SessionOwner } from '../endpoint/sessions/sessions.js';
import type { Facts } from './gather.js';

/** What was decided, for flush 2 to write. */
export interface Admission {
  readonly facts: Facts;
  readonly caller: CallerContext;
  readonly asked: Asked;
  /** The body as it is decided on: a call by way of `call_tool` is that of the tool. */
  readonly bytes: Buffer;
  /** What was read in `bytes`; absent where there is no body. */
  readonly read: ReadMessage | undefined;
  /** The body as it arrived and goes on, with what was read in it. */
  readonly sent: { readonly bytes: Buffer; readonly read: ReadMessage | undefined };
  /** Whether a tool is called by way of `call_tool`. */
  readonly unwrapped: boolean;
  /** Whether tools are searched for. */
  readonly search: boolean;
  readonly client: ClientEra;
  readonly session: string | undefined;
  readonly messages: readonly Envelope[];
  /** Id of the request, as raw JSON. */
  readonly id: string;
  readonly asker: Asker;
}

const withoutBody = {
  asked: { method: '', name: undefined },
  messages: [],
  id: 'null',
  read: undefined,
  bytes: Buffer.of(),
  sent: { bytes: Buffer.of(), read: undefined },
  unwrapped: false,
  search: false,
};

/**
 * @param path of the request, where some view goes by it
 * @throws McpError
 */
export function admit(
  facts: Facts,
  config: AggregateConfig,
  aggregator: Aggregator,
  path?: string,
): Eventual<Admission> {
  const { headers, httpMethod } = facts;
  checkHeaders(headers, config.allowedOrigins);
  refuseMarked(headers, (header) => hopMark.recognises(header));
  checkHttpMethod(headers, httpMethod, config.versions);
  const caller = callerContext(identify(facts.identity, config.anonymous));
  const sees = config.views?.seesOf(caller.identity.claims, path);
  const asker = askerOf(config.access, caller.identity, facts.authorization, sees);
  const who = { facts, caller, asker };
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const inSession = () => singleHeader(headers, 'mcp-session-id');
  const ofSession = () => versionOf(aggregator, owner, inSession());
  if (httpMethod !== 'POST') {
    const client = withSession(checkEra(headers, undefined, config.versions), ofSession);
    return { ...who, ...withoutBody, client, session: inSession() };
  }
  checkBodyHeaders(headers, config.maxRequestBytes);
  return andThen(readBody(facts.body, config.maxRequestBytes), (bytes) => {
    const { read, id, client: said } = admitBody(bytes, headers, ofSession, config.versions);
    const client = withSession(said, ofSession);
    // Without sessions there is none, whatever the client says (requirement H1).
    const session = client.modern ? undefined : inSession();
    const body = decidedBody({ bytes, read }, config.views?.discoveryOf(sees));
    return { ...who, ...body, session, id, client };
  });
}

/** What a body asks for, in the tools' own names. */
function decidedBody(
  sent: { readonly bytes: Buffer; readonly read: ReadMessage },
  discovery: Discovery | undefined,
) {
  const { bytes, read, unwrapped } = unwrapCall(sent, discovery);
  const messages = messagesOf(read);
  const search = messages.some((message) => isSearch(discovery, message));
  return { sent, bytes, read, unwrapped, messages, asked: askedBy(messages), search };
}

/** The version negotiated by a session of this owner. */
function versionOf(aggregator: Aggregator, owner: SessionOwner, session: string | undefined) {
  return session === undefined ? undefined : aggregator.sessions.open(owner, session)?.version;
}
