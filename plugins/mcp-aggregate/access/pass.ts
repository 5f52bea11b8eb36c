import { userKey } from '../../../lib/identity.js';
import type { KongPort } from '../../../lib/kong-port.js';
import type { AggregateConfig } from '../config/config.js';
import { askedTask } from '../core/admit/asked-task.js';
import { subjectOf } from '../core/admit/asked-subject.js';
import { checkCalledParams } from '../core/admit/check-called-params.js';
import { headersToClear, headersToSet, limitKey, logValues } from '../core/admit/annotate.js';
import { permit } from '../core/policy/policy.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import type { Admission } from './admit.js';
import { directCall, directKey } from './direct.js';
import { destinationOf } from './place.js';

/**
 * Flush 2: what follows from the request, for Kong, its plugins and the aggregator.
 * @param direct whether Kong can send calls to servers itself
 */
export async function pass(
  kong: KongPort,
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  direct: boolean,
): Promise<void> {
  const { facts, caller, asker, asked, read, messages, bytes, id, client, session } = admission;
  const { httpMethod } = facts;
  const { router } = aggregator.runtimes.use(config).itemsFor(caller);
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const open = (text: string) => aggregator.taskIds.open(owner, text);
  const task = client.modern ? askedTask(router, open, asked) : undefined;
  const { hidden } = permit(config.access, asker, { messages, id, tool: task?.tool });
  if (client.modern && !hidden) checkCalledParams(router, messages[0], bytes, facts.headers);
  if (!hidden) config.argumentRules.check(messages, bytes, asker.subject.claims);
  const about = subjectOf(router, asked, hidden, task);
  const user = userKey(caller.identity);
  const key = limitKey(user, asked, about.counted);
  const trusted = facts.identity.verified !== undefined;
  const known = { server: about.server, subject: caller.identity.subject, session, client };
  const said = logValues(asked, known);
  const found = destinationOf(admission, config, aggregator, about.server);
  const to = found instanceof Promise ? await found : found;
  // Whoever keeps a session knows the one at the server that belongs to it.
  const isOwn = client.modern || to.here;
  const call =
    direct && isOwn && !hidden ? directCall(admission, config, aggregator, said) : undefined;
  if (call !== undefined) {
    const set = headersToSet(asked, key);
    const cleared = headersToClear(facts.headers, set, trusted);
    await Promise.all([
      kong.service.request.setHeaders(set),
      ...cleared.map((name) => kong.service.request.clearHeader(name)),
      kong.ctx.shared.set(directKey, call),
    ]);
    return;
  }
  const { subject } = asker;
  const admitted = { config, caller, httpMethod, asked, subject, hidden, client, session };
  const handle = aggregator.tickets.mint({ ...admitted, bytes, read }, to);
  const set = headersToSet(asked, key, handle);
  const cleared = headersToClear(facts.headers, set, trusted);
  await Promise.all([
    kong.service.request.setHeaders(set),
    ...cleared.map((name) => kong.service.request.clearHeader(name)),
    kong.log.setSerializeValue('mcp', said),
    kong.service.setTarget(to.host, to.port),
  ]);
}
