import { randomUUID } from 'node:crypto';
import { McpError } from '../../../../lib/errors/errors.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { encodeString, withMember } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { failed } from '../calls/local-failure.js';
import type { Ask, AskAnswer, Call, CallEvent, Input, InputRequest } from '../calls/call.js';

/** A server that asks again and again is not listened to for ever. */
const mostRounds = 16;
const elicitation = 'elicitation/create';
const cancelled = Buffer.from('{"action":"cancel"}');

type Rerun = (call: Call) => AsyncIterable<CallEvent>;

/**
 * The rounds of one call whose client is asked by requests: what its server wants to know is put as
 * questions, and the call is made anew with the answers (design D7).
 */
export class Rounds {
  readonly #server: string;
  readonly #call: Call;
  readonly #run: Rerun;
  #count = 0;

  constructor(server: string, call: Call, run: Rerun) {
    this.#server = server;
    this.#call = call;
    this.#run = run;
  }

  /** What comes in place of `input`: its questions, then the events of the call made anew. */
  async *after({ requests, state }: Input): AsyncGenerator<CallEvent, void, undefined> {
    if (++this.#count > mostRounds)
      return yield this.#fail('upstream_protocol', 'asks without end');
    const withdrawn = new AbortController();
    const answers: Promise<readonly [string, AskAnswer]>[] = [];
    const onCancel = () => withdrawn.abort();
    this.#call.signal.addEventListener('abort', onCancel, { once: true });
    try {
      for (const request of requests) {
        let answer!: (given: AskAnswer) => void;
        const given = new Promise<AskAnswer>((resolve) => (answer = resolve));
        answers.push(given.then((said) => [request.key, said] as const));
        yield asRequest(request, answer, withdrawn.signal);
      }
      const given = await unless(withdrawn.signal, Promise.all(answers));
      if (given === undefined) return yield this.#fail('cancelled', 'is not waited for any more');
      const said = readAnswers(requests, new Map(given));
      if (said === undefined) {
        return yield this.#fail('ask_unanswered', 'asked what the client did not answer');
      }
      yield* this.#run({ ...this.#call, input: { answers: said, state } });
    } finally {
      this.#call.signal.removeEventListener('abort', onCancel);
      withdrawn.abort();
    }
  }

  #fail(code: 'cancelled' | 'ask_unanswered' | 'upstream_protocol', what: string): CallEvent {
    const server = this.#server;
    return failed(new McpError(code, `server ${server} ${what}`, { server }));
  }
}

function asRequest(
  { key, method, params }: InputRequest,
  answer: Ask['answer'],
  withdrawn: AbortSignal,
): Ask {
  const asked = method === elicitation && params ? withElicitationId(params) : params;
  return { type: 'ask', key, method, params: asked, answer, withdrawn };
}

/** Revisions with sessions name each elicitation by URL; later ones do not. */
function withElicitationId(params: RawJson): RawJson {
  const whole = { start: 0, end: params.length };
  const members = lastNamed(params, whole, 'mode', 'elicitationId');
  const mode = findMember(members, 'mode');
  const isUrl = mode?.kind === 'string' && decodeString(params, mode.value) === 'url';
  if (!isUrl) return params;
  return withMember(params, whole, members, 'elicitationId', encodeString(randomUUID()));
}

/**
 * Only results travel back: an elicitation that failed is one that the user has left. Undefined where
 * another question was answered with an error.
 */
function readAnswers(
  requests: readonly InputRequest[],
  given: ReadonlyMap<string, AskAnswer>,
): ReadonlyMap<string, RawJson> | undefined {
  const results = new Map<string, RawJson>();
  for (const { key, method } of requests) {
    const said = given.get(key);
    if (said === undefined) return undefined;
    if ('result' in said) results.set(key, said.result);
    else if (method === elicitation) results.set(key, cancelled);
    else return undefined;
  }
  return results;
}

/** The value, or undefined once the signal is aborted. */
function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject);
  });
}
