import { readMessage } from '../../../../lib/json/envelope.js';
import type { Done, Fail, Input, InputRequest } from '../../core/calls/call.js';
import { placesOf } from '../../core/eras/result-places.js';
import { mayAsk } from '../../core/capabilities/client-capabilities.js';
import type { LineRequest } from '../conversation/link.js';
import { failEvent, protocolBroken } from '../failure/failures.js';
import { readModernResult, readTaskAsks } from './modern-result.js';
import { taskMethods } from '../../../../lib/protocol/tasks.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { requestFrame } from '../conversation/frames.js';

const unaskable = 'asks what its client cannot be asked';
const asking: ReadonlySet<string> = new Set([
  methods.callTool,
  methods.getPrompt,
  methods.readResource,
]);

/**
 * What an answer of a server without sessions means. Only what was asked of it, of a client of which
 * it was told that it can be asked, is let through (basic/patterns/mrtr).
 * @param tasks whether it was told that its client takes tasks
 */
export function interpretModern(
  server: string,
  { method, capabilities }: LineRequest,
  tasks: boolean,
  answer: Done | Fail,
): Done | Fail | Input {
  if (answer.type === 'fail') {
    const { failure } = answer;
    return failure.kind === 'answered'
      ? { type: 'fail', failure: { ...failure, modern: true } }
      : answer;
  }
  const places = answer.places ?? placesOf(answer.result);
  const read = readModernResult(answer.result, places);
  const broken = (why: string) => failEvent(server, protocolBroken(server, why));
  if (read.type === 'task' && !(tasks && method === methods.callTool)) {
    return broken('sent a task to a client that takes none');
  }
  if (read.type === 'complete' || read.type === 'task') {
    const task = read.type === 'task';
    const tells = task || method === taskMethods.get;
    if (tells && !mayShowAsks(capabilities, answer.result)) return broken(unaskable);
    const done: Done = { type: 'done', result: answer.result, places, modern: true };
    return task ? { ...done, task } : done;
  }
  if (read.type === 'unknown') return broken('sent a result of an unknown type');
  const { requests, state } = read;
  if (!asking.has(method)) return broken(`asks something before it answers ${method}`);
  const isFit = requests.every((request) => isAskable(capabilities, request));
  if (!isFit) return broken(unaskable);
  return { type: 'input', requests, state };
}

/**
 * Whether the questions of a task, if it has any, are such as a client with these capabilities can be
 * asked.
 * @param raw what a server answers to `tasks/get`, or tells of a task
 */
export function mayShowAsks(capabilities: LineRequest['capabilities'], raw: RawJson): boolean {
  const asked = readTaskAsks(raw);
  return asked !== undefined && asked.every((request) => isAskable(capabilities, request));
}

function isAskable(
  capabilities: LineRequest['capabilities'],
  { method, params }: InputRequest,
): boolean {
  if (capabilities === undefined) return false;
  const bytes = requestFrame(1, method, params);
  try {
    const read = readMessage(bytes);
    if (read.kind !== 'single' || read.message.kind !== 'request') return false;
    return mayAsk(capabilities, method, bytes, read.message.params);
  } catch {
    // What is no question to one reader may be another to the next.
    return false;
  }
}
