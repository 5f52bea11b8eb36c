import { andThen } from '../../../../lib/flow/eventual.js';
import type { Eventual } from '../../../../lib/flow/eventual.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { ParamsEnvelope, Span } from '../../../../lib/json/types.js';
import { unknown } from './router.js';
import type { Router, Seeker, Target } from './router.js';
import { methods } from '../../../../lib/protocol/methods.js';

/** What of `params` says which server a request is for. */
export interface Routed {
  readonly target: Target;
  /** Where in the message the name or URI stands. */
  readonly span: Span;
}

/** Methods that go to the one server that owns what they name. */
export const routedMethods: ReadonlySet<string> = new Set([
  methods.callTool,
  methods.getPrompt,
  methods.readResource,
  methods.subscribe,
  methods.unsubscribe,
  methods.complete,
]);

/**
 * The server of a request and what it calls the thing in question.
 * @param seeker what is hidden from it is answered as unknown
 * @throws McpError `invalid_params` where nothing is named, `unknown_*`, `upstream_unavailable`; at
 *   once or by rejecting
 */
export function routeRequest(
  router: Router,
  method: string,
  params: ParamsEnvelope | undefined,
  seeker: Seeker,
): Eventual<Routed> {
  const { hidden } = seeker;
  switch (method) {
    case methods.callTool:
    case methods.getPrompt: {
      const { text, span } = required(params?.name, `${method} needs params.name, a string`);
      const kind = method === methods.callTool ? 'tool' : 'prompt';
      const known = router.resolved(kind, text, hidden);
      if (known !== undefined) return { target: known, span };
      return router.resolve(kind, text, seeker).then((target) => ({ target, span }));
    }
    case methods.complete:
      return routeCompletion(router, params, seeker);
    default: {
      const { text, span } = required(params?.uri, `${method} needs params.uri, a string`);
      return andThen(router.resolveUri('resource', text, hidden), (target) => ({ target, span }));
    }
  }
}

async function routeCompletion(
  router: Router,
  params: ParamsEnvelope | undefined,
  seeker: Seeker,
): Promise<Routed> {
  const { kind, text, span } = required(params?.ref, 'completion/complete needs params.ref');
  if (kind === 'prompt') return { target: await router.resolve('prompt', text, seeker), span };
  try {
    return { target: await router.resolveUri('template', text, seeker.hidden), span };
  } catch (error) {
    // Here an unknown template is a wrong parameter, not a resource that is missing.
    if (!(error instanceof McpError)) throw error;
    throw new McpError('invalid_params', unknown('template', text).message);
  }
}

function required<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new McpError('invalid_params', message);
  return value;
}
