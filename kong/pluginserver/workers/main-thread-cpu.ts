import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second here, whatever its own clock is. */
const tickMs = 10;

/**
 * Processor time that a process's main thread has used, in milliseconds; undefined where that cannot
 * be told: there is no such process, or no Linux.
 */
export function mainThreadCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * tickMs : undefined;
  } catch {
    return undefined;
  }
}
