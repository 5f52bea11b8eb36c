import type { ModernRequest } from '../../../core/admit/modern-request.js';
import type { InputGiven } from '../../../core/calls/call.js';
import { methodAnswered } from '../../../core/eras/input-answers.js';
import type { Routed } from '../../../core/calls/route-request.js';
import { restoreAnswer } from '../../../core/uris/rewrite-ask.js';

/**
 * Answers that come without a state, for a server that gave none or was not asked by this client: it
 * is the server's to make something of them (2026-07-28, basic/patterns/mrtr). What can be no answer
 * is left out, as if it had not been given; a server that may not ask gets none.
 */
export function unaskedInput(said: ModernRequest, { target }: Routed): InputGiven | undefined {
  const { trusted, exposure } = target.server;
  if (!trusted) return undefined;
  const answers = [...said.answers].flatMap(([key, raw]) => {
    const method = methodAnswered(raw);
    if (method === undefined) return [];
    return [[key, restoreAnswer(method, raw, (uri) => exposure.restoreUri(uri))] as const];
  });
  return answers.length === 0 ? undefined : { answers: new Map(answers), state: undefined };
}
