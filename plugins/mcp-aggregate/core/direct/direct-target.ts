import { McpError } from '../../../../lib/errors/errors.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { hopMembers } from '../calls/original-edits.js';
import type { Routed } from '../calls/route-request.js';
import type { Router, Target } from '../calls/router.js';
import type { DirectWay } from './direct-way.js';

/** Capabilities of a server by which it is decided whether a call can be direct. */
export const decidingCapabilities: readonly string[] = ['resources', tasksExtension];
/** Ids from 2^52 on are ours (see `firstOwnId`): no shorter number is. */
const foreignId = /^(?:".*"|-?\d{1,15})$/s;

/** What a request names, where that is known without asking anybody; undefined for any other. */
export function directTarget(router: Router, message: RequestEnvelope): Routed | undefined {
  const { method, params } = message;
  switch (method) {
    case methods.callTool:
    case methods.getPrompt: {
      if (params?.name === undefined) return undefined;
      const { text, span } = params.name;
      const target = router.known(method === methods.callTool ? 'tool' : 'prompt', text);
      return target && { target, span };
    }
    case methods.readResource: {
      if (params?.uri === undefined) return undefined;
      const { text, span } = params.uri;
      const target = resourceOf(router, text);
      return target && { target, span };
    }
    default:
      return undefined;
  }
}

/** An unknown one is answered by whoever serves the request. */
function resourceOf(router: Router, uri: string): Target | undefined {
  try {
    return router.knownUri('resource', uri);
  } catch (error) {
    if (error instanceof McpError) return undefined;
    throw error;
  }
}

/**
 * Whether a request needs nothing of this gateway when its answer comes back, and nothing before that
 * takes time.
 * @param bytes that `message` was read from
 * @param tasks whether its client takes a task in place of the result
 */
export function needsNoWayBack(
  { server, kind, original, taskOnly }: Target,
  message: RequestEnvelope,
  bytes: Buffer,
  { offered, modern }: Pick<DirectWay, 'offered' | 'modern'>,
  tasks: boolean,
): boolean {
  if (server.trusted || server.onDemand === true || taskOnly === true) return false;
  if (kind === 'tool' && server.exposure.argumentsOf(original) !== undefined) return false;
  if (offered.has('resources') && mapsUris(server)) return false;
  if (modern && tasks && offered.has(tasksExtension)) return false;
  const { id, params } = message;
  if (!modern && !foreignId.test(bytes.toString('utf8', id.start, id.end))) return false;
  if (params?.members.some(({ key }) => hopMembers.has(key))) return false;
  const token = params?.meta.find(({ key }) => key === 'progressToken');
  return token === undefined || token.kind === 'string' || token.kind === 'number';
}

/** Whether clients see other URIs than the server's own. */
function mapsUris({ exposure }: Target['server']): boolean {
  return exposure.exposeUri('a:b') !== 'a:b';
}
