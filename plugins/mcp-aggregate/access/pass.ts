import { allOf, andThen } from '../../../lib/flow/eventual.js';
import type { Eventual } from '../../../lib/flow/eventual.js';
import { userKey } from '../../../lib/identity/identity.js';
import { Deeds } from '../../../lib/fewer-calls/deeds.js';
import type { KongPort, KongValue } from '../../../lib/kong/kong-port.js';
import type { AggregateConfig } from '../config/config.js';
import { askedTask } from '../core/admit/asked-task.js';
import { ownSubject, subjectOf } from '../core/admit/asked-subject.js';
import { checkCalledParams, mirroredParams } from '../core/admit/check-called-params.js';
import type { Router } from '../core/calls/router.js';
import { headersToClear, headersToSet, limitKey, logValues } from '../core/admit/annotate.js';
import { nested } from '../core/audit/argument-log.js';
import { permit } from '../core/policy/policy.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import type { Admission } from './admit.js';
import { directCall, directKey } from './direct.js';
import type { Facts } from './gather.js';
import { destinationOf } from './place.js';

/**
 * Flush 2: what follows from the request, for Kong, its plugins and the aggregator.
 * @param direct whether Kong can send calls to servers itself
 */
export function pass(
  kong: KongPort,
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  direct: boolean,
): Eventual<void> {
  const { facts, caller, asker, asked, messages, bytes, id, client, session, search } = admission;
  const { httpMethod } = facts;
  const { router } = aggregator.runtimes.use(config).itemsFor(caller);
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const open = (text: string) => aggregator.taskIds.open(owner, text);
  const task = client.modern ? askedTask(router, open, asked) : undefined;
  const { hidden } = permit(config.access, asker, { messages, id, tool: task?.tool, search });
  const toServer = !hidden && !search;
  const params = toServer ? calledParams(router, admission) : undefined;
  if (toServer) config.argumentRules.check(messages, bytes, asker.subject.claims);
  const about = search ? ownSubject(asked) : subjectOf(router, asked, hidden, task);
  const user = userKey(caller.identity);
  const key = limitKey(user, asked, about.counted);
  const known = { server: about.server, subject: caller.identity.subject, session, client };
  const logged = toServer ? config.argumentLog.of(messages, bytes) : undefined;
  const plain = logValues(asked, known);
  const said = logged === undefined ? plain : { ...plain, ...logged };
  const set = (handle?: string) => {
    const usual = headersToSet(asked, key, handle);
    return params === undefined ? usual : { ...usual, ...params };
  };
  const to = destinationOf(admission, config, aggregator, about.server);
  return andThen(to, (at) => {
    const call =
      direct && toServer ? directCall(admission, config, aggregator, { said, to: at }) : undefined;
    if (call !== undefined) return send(kong, facts, set(), { said, logged }, { call });
    const { subject } = asker;
    const admitted = { config, caller, httpMethod, asked, subject, hidden, client, session };
    const handle = aggregator.tickets.mint({ ...admitted, ...admission.sent }, at);
    return send(kong, facts, set(handle), { said, logged }, at);
  });
}

/**
 * Holds a call's headers against its arguments. Who calls by way of `call_tool` cannot know which
 * headers its tool wants: they are set here, so that Kong's plugins see what they would see else.
 * @returns headers to set
 * @throws RefusedMessageError as `checkCalledParams`
 */
function calledParams(
  router: Router,
  { client, unwrapped, messages, bytes, facts }: Admission,
): Readonly<Record<string, string>> | undefined {
  if (!client.modern) return undefined;
  const [message] = messages;
  const made = unwrapped ? mirroredParams(router, message, bytes) : undefined;
  checkCalledParams(router, message, bytes, { ...facts.headers, ...made });
  return made;
}

/** Where a request goes: to an aggregator, or as the functions for direct calls are told. */
type Way = { readonly call: string } | { readonly host: string; readonly port: number };

/** What is logged of a request: all of it, and the arguments among it, where there are any. */
interface Said {
  readonly said: Readonly<Record<string, KongValue>>;
  readonly logged: object | undefined;
}

/** @param said is logged by whoever carries out a direct call */
function send(
  kong: KongPort,
  { headers, identity, word }: Facts,
  set: Readonly<Record<string, string>>,
  { said, logged }: Said,
  way: Way,
): Eventual<void> {
  const cleared = headersToClear(headers, set, identity.verified !== undefined);
  if (word !== undefined) {
    const deeds = new Deeds(word);
    for (const name of cleared) deeds.clear(name);
    deeds.set(set);
    if ('call' in way) {
      deeds.share(directKey, way.call);
    } else {
      deeds.log(said);
      deeds.target(way.host, way.port);
    }
    return kong.ctx.shared.tell(deeds.text());
  }
  const { request } = kong.service;
  return allOf([
    request.setHeaders(set),
    ...cleared.map((name) => request.clearHeader(name)),
    ...('call' in way
      ? [kong.ctx.shared.set(directKey, way.call)]
      : [
          kong.log.setSerializeValue('mcp', logged === undefined ? said : nested(said)),
          kong.service.setTarget(way.host, way.port),
        ]),
  ]);
}
