import { setTimeout as wait } from 'node:timers/promises';

/** Settles after so many milliseconds, or when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
