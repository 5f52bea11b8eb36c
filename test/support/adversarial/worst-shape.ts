import { describe, expect, it } from 'vitest';
import { cpuOf } from './cpu.js';

/** Who makes an input. */
export type Maker = 'a stranger' | 'a caller' | 'a server';

/** An input that others make, and what the gateway does first with it. */
export interface InputCase<T> {
  readonly input: string;
  readonly from: Maker;
  /** The most that is permitted, in bytes. */
  readonly bytes: number;
  /** An input of about that size as honest peers send it. */
  readonly honest: (bytes: number) => T;
  /** Inputs of no more than that size, as hostile ones may make them. */
  readonly hostile: Readonly<Record<string, (bytes: number) => T>>;
  /** What it may cost at most, in honest ones, where that is not five yet: the test says why. */
  readonly times?: number;
  /** The entry function; may throw, since refusing is an answer and costs as well. */
  readonly run: (input: T) => unknown;
}

/** A machine under load gives a test a small part of itself; only CPU is counted. */
const patienceMs = 180_000;
/** Design D12. */
const mostTimes = 5;
/** Of CPU, before the honest input is measured first: as in a process that has done it for long,
 *  since cold it may count for several times as much. */
const usualWarmUpMs = 400;
/** Below this nobody waits for anything, whatever it is a multiple of; in milliseconds. */
const nothing = 0.25;

/** Registers a test for each hostile shape of one input. */
export function worstShape<T>(given: InputCase<T>): void {
  const { input, from, bytes, honest, hostile, times = mostTimes, run } = given;
  describe(`${input} of ${from}, ${bytes} bytes`, { timeout: patienceMs }, () => {
    let usual: Promise<number> | undefined;
    const cost = (made: T, enough?: number) => cpuOf(() => tried(run, made), enough);
    const usualCost = (made: T) => cpuOf(() => tried(run, made), 0, usualWarmUpMs);
    const limitOf = (honestMs: number) => Math.max(nothing, times * honestMs);
    it.each(Object.entries(hostile))(
      `costs no more than ${times} honest ones: %s`,
      async (_, make) => {
        const worst = make(bytes);
        let limit = limitOf(await (usual ??= usualCost(honest(bytes))));
        let least = await cost(worst, limit);
        // Looks again at both, for a machine that does other things now than it did before.
        for (let look = 0; look < 3 && least > limit; look++) {
          limit = limitOf(await cost(honest(bytes)));
          least = await cost(worst, limit);
        }
        expect(least, `ms of CPU, honest ${limit / times}`).toBeLessThanOrEqual(limit);
      },
    );
  });
}

function tried<T>(run: (input: T) => unknown, input: T): void | Promise<void> {
  try {
    const waiting = run(input);
    if (waiting instanceof Promise) return waiting.then(ignored, ignored);
  } catch {
    // Refused.
  }
}

const ignored = (): void => undefined;
