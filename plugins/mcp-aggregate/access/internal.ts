import { maxHeaderLines } from '../../../lib/http/header-lines.js';
import { McpError } from '../../../lib/errors/errors.js';
import { receiptHeader } from '../../../lib/handles/sealed/internal-tickets.js';
import { internalTickets } from '../../../lib/handles/sealed/of-process.js';
import { hopMark } from '../../../lib/handles/hop-mark.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import { admitInternal, internalHeadersToClear } from '../core/admit/admit-internal.js';
import type { InternalProof } from '../core/admit/admit-internal.js';
import { logValues } from '../core/admit/annotate.js';
import { eraOf } from '../core/admit/check-era.js';
import { refuse } from './refuse.js';

const proof: InternalProof = {
  redeem: (handle, at) => internalTickets().redeem(handle, at),
  marked: (header) => hopMark.recognises(header),
};

/** On the route of a `route` server: the gateway's own requests go on to the route's Service. */
export async function accessInternal(kong: KongPort): Promise<void> {
  const [headers, httpMethod, path] = await Promise.all([
    kong.request.getHeaders(maxHeaderLines),
    kong.request.getMethod(),
    kong.request.getPath(),
  ]);
  try {
    const { asked, server, session, receipt } = admitInternal({ headers, httpMethod, path }, proof);
    const known = { server, subject: undefined, session, client: eraOf(headers) };
    await Promise.all([
      ...internalHeadersToClear(headers).map((name) => kong.service.request.clearHeader(name)),
      receipt === undefined ? undefined : kong.response.setHeader(receiptHeader, receipt),
      kong.log.setSerializeValue('mcp', { ...logValues(asked, known), internal: true }),
    ]);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    await refuse(kong, error, undefined);
  }
}
