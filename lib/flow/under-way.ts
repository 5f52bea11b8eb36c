/**
 * What the process works on, told as it begins: a write into a ring, so that it can stand on the
 * path of every request. Read only where the event loop has stood still (see the watchdog).
 */
const size = 64;
const works = new Array<string>(size).fill('');
const subjects = new Array<string>(size).fill('');
const begun = new Float64Array(size).fill(-Infinity);
let at = 0;

/** What has no name. */
export const other = 'other';

/**
 * Work begins, which ends where the next begins.
 * @param work one of few kinds
 * @param subject whose: a plugin's or a server's name; never what a client or a server sent
 */
export function begin(work: string, subject = ''): void {
  if (works[at] === work && subjects[at] === subject) return;
  at = (at + 1) % size;
  works[at] = work;
  subjects[at] = subject;
  begun[at] = performance.now();
}

export interface Held {
  readonly work: string;
  readonly subject: string;
  readonly ms: number;
}

/** What took most of the time from `from` to `to`, both as `performance.now()` tells time. */
export function mostOf(from: number, to: number): Held {
  const sums = new Map<string, { work: string; subject: string; ms: number }>();
  let end = to;
  for (let back = 0; back < size && end > from; back++) {
    const i = (at - back + size) % size;
    const start = Math.max(from, begun[i]!);
    const [work, subject] = begun[i] === -Infinity ? [other, ''] : [works[i]!, subjects[i]!];
    const key = `${work} ${subject}`;
    const sum = sums.get(key) ?? { work, subject, ms: 0 };
    sum.ms += Math.max(0, end - start);
    sums.set(key, sum);
    end = Math.min(end, start);
  }
  return [...sums.values()].reduce((most, one) => (one.ms > most.ms ? one : most), {
    work: other,
    subject: '',
    ms: 0,
  });
}
