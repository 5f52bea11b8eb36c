import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A number of /proc's `stat`, counted from the state, or undefined for a process that has ended. */
function stat(pid: number, field: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[field]);
  } catch {
    return undefined;
  }
}

const parentOf = (pid: number) => stat(pid, 1);
/** The process group, which a terminal signals as a whole. */
export const groupOf = (pid: number) => stat(pid, 2);

export function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Every process below `root`, itself included. */
export function processesBelow(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    });
  } catch {
    return [];
  }
}

/** Addresses, as /proc writes them, at which one of these sockets listens. */
export function listeners(family: string, inodes: ReadonlySet<string>): string[] {
  const lines = readFileSync(`/proc/net/${family}`, 'utf8').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === '0A' && inodes.has(inode) ? [local.split(':')[0] ?? ''] : [];
  });
}
