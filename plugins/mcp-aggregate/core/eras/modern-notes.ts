import { methods, serverMethods } from '../../../../lib/protocol/methods.js';
import type { Note } from '../calls/call.js';
import { admitsLog } from '../calls/log-level.js';

const ofSubscriptions = 'notifications/subscriptions/';

/**
 * Whether a client without sessions is shown this on the stream of its call: what is about the call,
 * and log messages where it asks for them (requirement H17; 2026-07-28, server/utilities/logging).
 */
export function belongsToCall(note: Note, logLevel: string | undefined): boolean {
  const { method } = note;
  if (method === methods.logMessage) return logLevel !== undefined && admitsLog(logLevel, note);
  if (method === methods.progress) return true;
  return !serverMethods.has(method) && !method.startsWith(ofSubscriptions);
}
