import type { Call, CallEvent, Failure, Input } from './call.js';
import { legacyError, modernError } from './era-errors.js';
import { Instead } from './event-steps.js';
import { withoutModernMembers } from './modern-members.js';
import { Rounds } from './rounds.js';
import type { Target } from './router.js';
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
  #rounds: Rounds | undefined;

  /** @param call as it is sent to the server */
  constructor(target: Target, call: Call, hearer: Hearer) {
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
    const own =
      event.modern === true && modern !== true
        ? ({ type: 'done', result: withoutModernMembers(event.result) } as const)
        : event;
    if (isLarge(own)) return rewriteLarge(own, method, this.#target.server);
    return { ...own, result: rewriteResult(method, own.result, this.#uris.expose) };
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
    const about = { server: server.name, method, uri, trusted: server.trusted };
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
