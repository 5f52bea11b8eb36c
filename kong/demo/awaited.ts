import { setTimeout as sleep } from 'node:timers/promises';

interface Mortal {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
}

const longestMs = 120_000;
const sayEachMs = 5_000;
const lookEachMs = 25;

/**
 * Waits until `ready`, however slow the machine is: each 5 seconds `say` names what is awaited.
 * @throws Error when the process ends, or after 2 minutes
 */
export async function awaited(
  what: string,
  child: Mortal,
  ready: () => Promise<boolean> | boolean,
  say: (text: string) => void,
): Promise<void> {
  const startedAt = Date.now();
  let sayAt = startedAt + sayEachMs;
  while (!(await ready())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${what} ended while it started`);
    }
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (Date.now() - startedAt > longestMs) {
      throw new Error(`${what} did not start within ${seconds} s`);
    }
    if (Date.now() > sayAt) {
      say(`still waiting for ${what} (${seconds} s)`);
      sayAt += sayEachMs;
    }
    await sleep(lookEachMs);
  }
}
