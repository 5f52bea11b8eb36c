import { hash } from 'node:crypto';

/** The slot that something falls to by its name, the same for all workers of a node. */
export function slotOf(name: string, count: number): number {
  return count === 1 ? 0 : hash('sha256', name, 'buffer').readUInt32BE() % count;
}
