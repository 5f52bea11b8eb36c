import { McpError } from '../../../../lib/errors/errors.js';
import { counted } from '../../../../lib/held/counts.js';
import { ByteCounts } from '../../../../lib/held/byte-counts.js';
import { anonymousIdentity, userKey } from '../../../../lib/identity/identity.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { AskAnswer } from '../../core/calls/call.js';
import { errorObject } from '../../core/calls/rpc-error.js';
import { randomIds } from './ask-ids.js';
import type { AskIds } from './ask-ids.js';

/** Whose answer counts: the very session that was asked. */
export interface Asked {
  readonly endpoint: string;
  readonly principal: string;
  readonly session: string;
}

/** The same, and the user whose share it is. */
export interface AskedUser extends Asked {
  /** `userKey` of the caller. */
  readonly user: string;
}

export interface AsksBounds {
  readonly all: number;
  readonly ofOne: number;
}

interface Parked {
  readonly asked: AskedUser;
  readonly timer: NodeJS.Timeout;
  readonly answer: (answer: AskAnswer) => void;
  readonly progress: Progress | undefined;
}

/** How the server hears of a client's progress on its question. */
export interface Progress {
  /** The token that the server gave the question, as it stands. */
  readonly token: RawJson;
  readonly tell: (params: RawJson) => void;
}

const bounds: AsksBounds = { all: counted.asks.most, ofOne: counted.asks.ofOne };
const anonymous = userKey(anonymousIdentity);
/** A client that never answers does not hold a server's call for ever. */
const expired = errorObject(new McpError('ask_unanswered', 'The client did not answer in time.'));

/** Questions that clients have been asked and have not answered, by an id nobody can guess. */
export class Asks {
  readonly #parked = new Map<string, Parked>();
  readonly #lifetimeMs: number;
  readonly #bounds: AsksBounds;
  readonly #byUser = new ByteCounts();
  readonly #ids: Pick<AskIds, 'mint'>;

  /**
   * @param most callers without an identity have half of all together
   * @param ids those that name this process, where it is not alone
   */
  constructor(lifetimeMs: number, most = bounds, ids: Pick<AskIds, 'mint'> = randomIds) {
    this.#ids = ids;
    this.#lifetimeMs = lifetimeMs;
    this.#bounds = most;
  }

  get size(): number {
    return this.#parked.size;
  }

  /**
   * Parks a question and answers the id to show it under. `answer` is called at most once; a
   * question that expires is answered with an error.
   * @throws McpError `overloaded`
   */
  park(
    asked: AskedUser,
    answer: Parked['answer'],
    onExpiry: () => void,
    progress?: Progress,
  ): string {
    const { all, ofOne } = this.#bounds;
    const most = asked.user === anonymous ? all / 2 : ofOne;
    if (this.#parked.size >= all || this.#byUser.of(asked.user) >= most) {
      throw new McpError('overloaded', 'too many questions wait for their clients');
    }
    const id = this.#ids.mint(asked, this.#lifetimeMs);
    const expire = () => {
      if (!this.drop(id)) return;
      answer({ error: expired });
      onExpiry();
    };
    const timer = setTimeout(expire, this.#lifetimeMs).unref();
    this.#parked.set(id, { asked, timer, answer, progress });
    this.#byUser.add(asked.user, 1);
    return id;
  }

  /** Hands an answer on; false for what is unknown, late, or not this session's to answer. */
  answer(from: Asked, id: string, answer: AskAnswer): boolean {
    const parked = this.#parked.get(id);
    if (parked === undefined || !same(parked.asked, from)) return false;
    this.drop(id);
    parked.answer(answer);
    return true;
  }

  /** Where this session's progress on one of its open questions goes; the id is the token, too. */
  progressOf(from: Asked, id: string): Progress | undefined {
    const parked = this.#parked.get(id);
    return parked && same(parked.asked, from) ? parked.progress : undefined;
  }

  /** Forgets a question; false where it is not there any more. */
  drop(id: string): boolean {
    const parked = this.#parked.get(id);
    if (parked === undefined) return false;
    clearTimeout(parked.timer);
    this.#byUser.add(parked.asked.user, -1);
    return this.#parked.delete(id);
  }
}

function same(a: Asked, b: Asked): boolean {
  return a.endpoint === b.endpoint && a.principal === b.principal && a.session === b.session;
}
