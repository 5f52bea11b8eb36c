import type { Ask, CallEvent } from '../../core/calls/call.js';
import { isLast } from '../../core/calls/call.js';
import { belongsToCall } from '../../core/eras/modern-notes.js';
import { CallReply } from '../answer/call-reply.js';
import { notificationFrame } from '../answer/frames.js';
import { finish, park } from './finish.js';
import type { ModernPost } from './modern-post.js';
import type { OngoingCall } from './rounds/parked-calls.js';

/** Questions that come so close together are put together, in milliseconds. */
const gatherMs = 20;

/**
 * Shows what a call has to say until there is an answer to the request: its end, or questions. Here
 * leaving is cancelling (requirement H18).
 */
export async function goOn(
  post: ModernPost,
  call: OngoingCall,
  logLevel: string | undefined,
): Promise<void> {
  const { channels, timing } = post.parts;
  const { server, spoken, abandon: abort } = call;
  const options = { server, spoken, channels, timing, owner: undefined, abort, graceMs: 0 };
  const reply = new CallReply(post.exchange, post.to, options);
  let parked = false;
  try {
    const next = await nextOf(call, reply, logLevel);
    parked = isAsked(next);
    if (isAsked(next)) await park(post, reply, { ...call, asks: next });
    else await finish(post, reply, call, next);
  } finally {
    reply.close();
    if (!parked) call.abandon();
  }
}

/** The call's last event; or its questions, where it does not go on without answers. */
async function nextOf(
  { events, asks }: OngoingCall,
  reply: CallReply,
  logLevel: string | undefined,
): Promise<CallEvent | readonly Ask[]> {
  let open = [...asks];
  let until = performance.now() + gatherMs;
  for (;;) {
    open = open.filter(({ withdrawn }) => !withdrawn.aborted);
    if (open.length > 0 && !(await events.isSoon(Math.max(0, until - performance.now())))) {
      return open;
    }
    const event = await events.next();
    if (event === undefined) throw new TypeError('a call ended without its last event');
    if (isLast(event)) return event;
    if (event.type === 'ask') {
      if (open.length === 0) until = performance.now() + gatherMs;
      open.push(event);
    } else if (belongsToCall(event, logLevel)) await reply.send(notificationFrame(event));
  }
}

function isAsked(next: CallEvent | readonly Ask[]): next is readonly Ask[] {
  return Array.isArray(next);
}
