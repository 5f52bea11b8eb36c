import { questions } from '../../../lib/fewer-calls/questions.js';
import type { Presence } from '../../../lib/fewer-calls/presence.js';
import type { Texts } from '../../../lib/fewer-calls/texts.js';
import { maxHeaderLines } from '../../../lib/http/header-lines.js';
import type { HeaderRecord } from '../../../lib/http/single-header.js';
import { answeredElsewhere } from '../../../lib/handles/answered-elsewhere.js';
import { callerHandleKey, callerHandles } from '../../../lib/handles/handles.js';
import type {
  HandedAuthorization,
  HandedRequest,
  VerifiedCaller,
} from '../../../lib/handles/handles.js';
import { callerTickets } from '../../../lib/handles/sealed/of-process.js';
import { isSealed } from '../../../lib/handles/sealed/ticket-sealer.js';
import type { KongPort, KongValue, RawBody } from '../../../lib/kong/kong-port.js';
import type { IdentityFacts } from '../core/admit/caller.js';

/** What flush 1 read. */
export interface Facts {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  readonly body: RawBody;
  readonly identity: IdentityFacts;
  /** What mcp-oauth says of scopes. */
  readonly authorization: HandedAuthorization | undefined;
  /** Whether mcp-oauth handed the request over. */
  readonly handed: boolean;
  /** Whether mcp-oauth answers the request itself. */
  readonly elsewhere: boolean;
  /** Of the answer of Kong's function (docs/fewer-calls.md), where it is there. */
  readonly word?: string;
}

/** What is read where mcp-oauth has not handed it over. */
interface Rest {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  readonly consumerId: string;
  readonly credentialId: string;
}

/**
 * What the request says, by one call where Kong's function is there. Where mcp-oauth usually hands
 * requests over, the rest is not asked for.
 */
export function gather(kong: KongPort, usuallyHanded: boolean, presence: Presence): Promise<Facts> {
  // Each async function that a request goes through has its price.
  return presence.asks
    ? gatherAnswer(kong, usuallyHanded, presence)
    : gatherByCalls(kong, usuallyHanded);
}

async function gatherAnswer(
  kong: KongPort,
  usuallyHanded: boolean,
  presence: Presence,
): Promise<Facts> {
  const asked = kong.ctx.shared.getBytes(questions.handed);
  if (presence.doubtful) {
    const [bytes, facts] = await Promise.all([asked, gatherByCalls(kong, usuallyHanded)]);
    const word = presence.answered(bytes)?.text();
    return word === undefined ? facts : { ...facts, word };
  }
  const texts = presence.answered(await asked);
  return texts === undefined ? gatherByCalls(kong, usuallyHanded) : readAnswer(kong, texts);
}

async function readAnswer(kong: KongPort, texts: Texts): Promise<Facts> {
  const word = texts.text();
  const { handed, hasHandle, elsewhere } = taken(texts.text());
  const later = texts.text() === 'later';
  const content = texts.bytes();
  const { request } = handed ?? {};
  const told = texts.more ? readTold(texts) : request && asRest(request);
  const rest = told ?? (await readRest(kong));
  const body = later && rest.httpMethod === 'POST' ? await kong.request.getRawBody() : { content };
  return { ...factsOf({ handed, hasHandle, elsewhere }, rest, body), word };
}

function readTold(texts: Texts): Rest {
  const [consumerId, credentialId, httpMethod] = [texts.text(), texts.text(), texts.text()];
  // The address decides nothing here.
  texts.bytes();
  return { consumerId, credentialId, httpMethod, headers: texts.headers() };
}

async function gatherByCalls(kong: KongPort, usuallyHanded: boolean): Promise<Facts> {
  const handle = kong.ctx.shared.get(callerHandleKey);
  const content = kong.request.getRawBody();
  if (!usuallyHanded) {
    return factsOf(...(await Promise.all([handle.then(taken), readRest(kong), content])));
  }
  // At once, not when the body is there: a body may take longer than a handle lives. One after the
  // other, since answers come in order, and waiting for all at once costs more.
  const from = taken(await handle);
  const body = await content;
  const { request } = from.handed ?? {};
  return factsOf(from, request ? asRest(request) : await readRest(kong), body);
}

function factsOf({ handed, hasHandle, elsewhere }: Taken, rest: Rest, body: RawBody): Facts {
  const { identity: verified, passthrough, authorization } = handed ?? {};
  const { headers, httpMethod, consumerId, credentialId } = rest;
  const identity = { hasHandle, verified, passthrough, consumerId, credentialId };
  const isHanded = handed !== undefined;
  return { headers, httpMethod, body, identity, authorization, handed: isHanded, elsewhere };
}

/** What mcp-oauth has left. */
interface Taken {
  readonly handed: VerifiedCaller | undefined;
  readonly hasHandle: boolean;
  readonly elsewhere: boolean;
}

function taken(handle: KongValue | undefined): Taken {
  const elsewhere = handle === answeredElsewhere;
  const handed = typeof handle === 'string' && !elsewhere ? redeem(handle) : undefined;
  return { handed, hasHandle: handle !== null && handle !== undefined && handle !== '', elsewhere };
}

function redeem(handle: string): VerifiedCaller | undefined {
  if (isSealed(handle)) return callerTickets().redeem(handle);
  const handed = callerHandles.redeem('oauth', handle);
  handed?.redemptions?.redeemed();
  return handed;
}

/** Nobody but mcp-oauth says who calls where it handed the request over. */
function asRest({ headers, method }: HandedRequest): Rest {
  return { headers, httpMethod: method, consumerId: '', credentialId: '' };
}

async function readRest(kong: KongPort): Promise<Rest> {
  const [headers, httpMethod, consumer, credential] = await Promise.all([
    kong.request.getHeaders(maxHeaderLines),
    kong.request.getMethod(),
    kong.client.getConsumer(),
    kong.nginx.getCtx('authenticated_credential'),
  ]);
  const consumerId = consumer?.id ?? '';
  return { headers, httpMethod, consumerId, credentialId: credentialIdOf(credential) };
}

function credentialIdOf(credential: unknown): string {
  if (typeof credential !== 'object' || credential === null) return '';
  const { id } = credential as { readonly id?: unknown };
  return typeof id === 'string' ? id : '';
}
