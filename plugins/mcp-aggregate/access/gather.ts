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
import type { KongPort, RawBody } from '../../../lib/kong-port.js';
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
}

/** What is read where mcp-oauth has not handed it over. */
interface Rest {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  readonly consumerId: string;
  readonly credentialId: string;
}

/** Reads what mcp-oauth has not handed over; where it usually does, without asking for the rest. */
export async function gather(kong: KongPort, usuallyHanded: boolean): Promise<Facts> {
  const [{ handed, hasHandle, elsewhere }, body, rest] = await Promise.all([
    takeHanded(kong),
    kong.request.getRawBody(),
    usuallyHanded ? undefined : readRest(kong),
  ]);
  const { identity: verified, passthrough, authorization, request } = handed ?? {};
  const { headers, httpMethod, ...native } =
    rest ?? (request && asRest(request)) ?? (await readRest(kong));
  const identity = { hasHandle, verified, passthrough, ...native };
  const from = { authorization, handed: handed !== undefined, elsewhere };
  return { headers, httpMethod, body, identity, ...from };
}

/** At once, not when the body is there: a body may take longer than a handle lives. */
async function takeHanded(kong: KongPort) {
  const handle = await kong.ctx.shared.get(callerHandleKey);
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
