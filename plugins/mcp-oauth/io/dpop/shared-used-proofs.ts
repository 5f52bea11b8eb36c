import type { Duplex } from 'node:stream';
import type { Siblings } from '../../../../lib/workers/siblings.js';
import { slotOf } from '../../../../lib/workers/slot-of.js';
import { answerOf, questionOf, readAnswers, readQuestions } from './proof-frames.js';
import type { FirstUse, ProofUse, UsedProofs } from './used-proofs.js';

const topic = 'mcp-oauth used proofs';
/** Questions to one worker under way; the rest get no answer at once. */
const mostWaiting = 4_096;
/** A worker on the same machine answers in less than one; milliseconds. */
const patienceMs = 2_000;

/**
 * Used proofs of all workers that serve together: each is remembered by one of them, told by its name,
 * whom the others ask; all by the worker for authentication where there is one. A worker that cannot be
 * asked refuses what falls to it, and one that has taken a dead one's place has forgotten what that
 * knew.
 */
export class SharedUsedProofs implements UsedProofs {
  readonly #own: UsedProofs;
  readonly #siblings: () => Siblings;
  readonly #asked = new Map<number, Line>();

  constructor(own: UsedProofs, siblings: () => Siblings) {
    this.#own = own;
    this.#siblings = siblings;
  }

  take(use: ProofUse): FirstUse | Promise<FirstUse> {
    const all = this.#siblings();
    const slot = all.authentication ?? slotOf(use.proof, all.count);
    return slot === all.slot ? this.#own.take(use) : this.#line(slot, all).ask(use);
  }

  #line(slot: number, all: Siblings): Line {
    const known = this.#asked.get(slot);
    if (known !== undefined && !known.isOver) return known;
    const line = new Line(all.connect(slot, topic, {}));
    this.#asked.set(slot, line);
    return line;
  }
}

/** Answers the questions of the other workers; called once, by who has `own`. */
export function answerSiblings(own: UsedProofs, all: Siblings): void {
  all.onConnect(topic, (stream) => {
    stream.on('error', () => stream.destroy());
    readQuestions(stream, async (use) => {
      const answer = answerOf(await own.take(use));
      if (!stream.destroyed) stream.write(answer);
    });
  });
}

/** Questions to one worker, answered in their order. */
class Line {
  readonly #waiting: ((answer: FirstUse) => void)[] = [];
  readonly #stream: Promise<Duplex | undefined>;
  #timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor(opening: Promise<Duplex>) {
    this.#stream = opening.then(
      (stream) => {
        stream.on('error', () => this.#end(stream)).on('close', () => this.#end(stream));
        readAnswers(stream, (answer) => this.#take(answer, stream));
        if (this.isOver) stream.destroy();
        return stream;
      },
      () => this.#end(undefined),
    );
  }

  ask(use: ProofUse): Promise<FirstUse> {
    if (this.isOver || this.#waiting.length >= mostWaiting) return Promise.resolve('unavailable');
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#watch();
      void this.#stream.then((stream) => stream?.write(questionOf(use)));
    });
  }

  #take(answer: FirstUse, stream: Duplex): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return this.#end(stream);
    resolve(answer);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#watch();
  }

  #watch(): void {
    this.#timer ??= setTimeout(() => this.#end(undefined), patienceMs).unref();
  }

  /** Who waits is told that nobody knows; a new line is opened for the next. */
  #end(stream: Duplex | undefined): undefined {
    this.isOver = true;
    clearTimeout(this.#timer);
    if (stream === undefined) void this.#stream.then((opened) => opened?.destroy());
    else stream.destroy();
    for (const resolve of this.#waiting.splice(0)) resolve('unavailable');
    return undefined;
  }
}
