import type { Asked } from './admit.js';
import type { Router, Target } from '../calls/router.js';
import { methods } from '../../../../lib/protocol/methods.js';

/** What a request is about, as far as Kong's plugins are told. */
export interface AskedSubject {
  /** Name of the server it goes to. */
  readonly server: string | undefined;
  /** What is counted apart from the rest of its method; undefined where nothing is known by it. */
  readonly counted: string | undefined;
}

const nothing: AskedSubject = { server: undefined, counted: undefined };

/** A tool of the gateway's own counts by its name, and goes to no server. */
export function ownSubject({ name }: Asked): AskedSubject {
  return { server: undefined, counted: name };
}

/**
 * A tool or a prompt counts by its name where some server's list has it: of one whose list was never
 * loaded nobody can tell which names are made up, so they share the bucket of unknown ones. Any URI leads to a server, and a template makes as many of
 * them as one likes: resources count by their server, so that nobody escapes a limit by new ones.
 * @param hidden the caller must not know of it
 * @param task where the request is about one: those count by their server
 */
export function subjectOf(
  router: Router,
  { method, name }: Asked,
  hidden: boolean,
  task?: Target,
): AskedSubject {
  const owner = hidden ? undefined : task?.server.name;
  if (owner !== undefined) return { server: owner, counted: owner };
  if (name === undefined) return nothing;
  switch (method) {
    case methods.callTool:
    case methods.getPrompt: {
      const kind = method === methods.callTool ? 'tool' : 'prompt';
      const { server, known } = router.ownerOf(kind, name, hidden);
      return { server, counted: known ? name : undefined };
    }
    case methods.readResource: {
      const server = hidden ? undefined : router.ownerOfUri(name);
      return { server, counted: server };
    }
    default:
      return nothing;
  }
}
