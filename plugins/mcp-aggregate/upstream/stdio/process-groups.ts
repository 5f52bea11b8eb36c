/**
 * Process groups of the children now alive. Each child leads its own, so that what it started
 * itself ends with it.
 */
const groups = new Set<number>();
let watching = false;

/** Remembers a group, which is killed when this process exits. */
export function watchGroup(leader: number): void {
  groups.add(leader);
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}

/** Kills what is left of a group whose leader has exited, and forgets it. */
export function endGroup(leader: number): void {
  signalGroup(leader, 'SIGKILL');
  groups.delete(leader);
}

export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody is left in it.
  }
}
