import { McpError } from '../../../../lib/errors/errors.js';
import { taskMethods } from '../../../../lib/protocol/tasks.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Call, CallEvent, Done, Failure, Input } from '../calls/call.js';
import { failed } from '../calls/local-failure.js';
import type { NameTask } from '../tasks/server-task.js';
import { showTaskAsks } from '../tasks/task-asks.js';
import { createdTask, withTaskId } from '../tasks/task-result.js';
import { legacyError, modernError } from './era-errors.js';
import { Instead } from '../calls/event-steps.js';
import { withoutModernMembers } from './modern-members.js';
import { Rounds } from './rounds.js';
import type { Target } from '../calls/router.js';
import { rewriteAsk, rewriteAsked } from '../uris/rewrite-ask.js';
import type { UriMapping } from '../uris/rewrite-ask.js';
import { isLarge, rewriteLarge } from '../uris/rewrite-large.js';
import { rewriteError, rewriteResult } from '../uris/rewrite-result.js';
import { updatedMethod, updateFor } from '../uris/updates.js';
import type { Hearer } from '../uris/updates.js';

/**
 * What comes back of one call, as its client is to see it: with the URIs that clients know, and in the
 * forms of the client's era.
 */
export class WayBack {
  readonly #target: Target;
  readonly #call: Call;
  readonly #hearer: Hearer;
  readonly #uris: UriMapping;
  readonly #nameTask: NameTask | undefined;
  #rounds: Rounds | undefined;

  /** @param call as it is sent to the server */
  constructor(target: Target, call: Call, hearer: Hearer, nameTask?: NameTask) {
    this.#nameTask = nameTask;
    this.#target = target;
    this.#call = call;
    this.#hearer = hearer;
    const { exposure } = target.server;
    this.#uris = {
      expose: (uri) => exposure.exposeUri(uri),
      restore: (uri) => exposure.restoreUri(uri),
    };
  }

  /** For `EventSteps.each`. */
  take(event: CallEvent): CallEvent | Promise<CallEvent> | Instead | undefined {
    switch (event.type) {
      case 'note':
        return this.#note(event);
      case 'ask':
        return rewriteAsk(event, this.#uris);
      case 'input':
        return this.#input(event);
      case 'fail':
        return this.#fail(event.failure);
      case 'done':
        return this.#done(event);
    }
  }

  #note(event: Extract<CallEvent, { type: 'note' }>): CallEvent | undefined {
    if (event.method !== updatedMethod) return event;
    const update = updateFor(event.params, this.#target.server.exposure, this.#hearer);
    return update && { ...event, params: update.params };
  }

  #done(event: Extract<CallEvent, { type: 'done' }>): CallEvent | Promise<CallEvent> {
    const { method, modern } = this.#call;
    if (event.task === true) return this.#task(event);
    const own =
      event.modern === true && modern !== true
        ? ({ type: 'done', result: withoutModernMembers(event.result, event.places) } as const)
        : method === taskMethods.get
          ? this.#state(event, this.#target.name)
          : event;
    if (isLarge(own)) return rewriteLarge(own, method, this.#target.server);
    return changed(own, rewriteResult(method, own.result, this.#uris.expose));
  }

  /** A task in place of the result: its client knows it by another id. */
  #task(event: Done): CallEvent {
    const { server, original } = this.#target;
    try {
      const { id, ttlMs } = createdTask(server.name, event.result);
      const named = this.#nameTask!({ server: server.name, tool: original, id }, ttlMs);
      return this.#state(event, named);
    } catch (error) {
      if (error instanceof McpError) return failed(error);
      throw error;
    }
  }

  /** How a task stands, under the id by which its client knows it. */
  #state(event: Done, id: string): Done {
    const { server } = this.#target;
    const shown = showTaskAsks(event.result, server.name, this.#uris.expose);
    return changed(event, withTaskId(shown, id));
  }

  #input({ requests, state }: Input): CallEvent | Instead {
    if (this.#call.modern === true) {
      const asked = requests.map((request) => rewriteAsked(request, this.#uris.expose));
      return { type: 'input', requests: asked, state };
    }
    const { name, upstream } = this.#target.server;
    this.#rounds ??= new Rounds(name, this.#call, (call) => upstream.call(call));
    return new Instead(this.#rounds.after({ type: 'input', requests, state }));
  }

  #fail(failure: Failure): CallEvent | Instead {
    if (failure.kind === 'local') return { type: 'fail', failure };
    const { method, modern } = this.#call;
    const { server, original } = this.#target;
    const isResource = method.startsWith('resources/');
    const uri = isResource ? original : undefined;
    const about = { server: server.name, uri, trusted: server.trusted };
    if (modern !== true && failure.modern !== true) return this.#failed(failure, isResource);
    const said = modern === true ? modernError(failure, about) : legacyError(failure, about);
    if (said.type === 'fail') return this.#failed(said.failure, isResource);
    return said.type === 'input' ? this.#input(said) : said;
  }

  #failed(failure: Failure, isResource: boolean): CallEvent {
    if (failure.kind === 'local' || !isResource) return { type: 'fail', failure };
    const error = rewriteError(failure.error, this.#uris.expose);
    return { type: 'fail', failure: { ...failure, error } };
  }
}

/** With another result, in which all stands elsewhere. */
function changed(event: Done, result: RawJson): Done {
  return result === event.result ? event : { ...event, result, places: undefined };
}
