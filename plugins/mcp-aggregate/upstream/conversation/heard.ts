import type { Note } from '../../core/calls/call.js';
import type { Listeners } from '../../../../lib/flow/listeners.js';
import type { Subscriptions } from './subscriptions.js';

/** What is heard of a server, whichever line it comes on. */
export interface Heard {
  readonly listChanged: Listeners<[method: string, context?: string]>;
  readonly said: Listeners<[conversation: string, note: Note]>;
  readonly subscriptions: Subscriptions;
}
