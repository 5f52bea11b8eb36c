export type FamilyType = 'counter' | 'gauge' | 'histogram';

/**
 * How the figures of several processes become one: added, the largest, or left apart, each with a
 * label that names its process.
 */
export type Across = 'sum' | 'max' | 'each';

/** A family and its series at one moment, as plain values that another process can be sent. */
export interface FamilySnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly across: Across;
  /** Of a histogram: upper bounds of its buckets, ascending, without the infinite one. */
  readonly bounds: readonly number[];
  readonly series: readonly SeriesSnapshot[];
}

export interface SeriesSnapshot {
  /** Labels and values as they stand between braces. */
  readonly text: string;
  /** One value; of a histogram the count of each bucket, not yet cumulative, and the sum. */
  readonly values: readonly number[];
}

/** The figures of one process. */
export interface ProcessSnapshot {
  /** What the label says where figures are left apart. */
  readonly label: string;
  readonly families: readonly FamilySnapshot[];
}

/** What becomes of the figures of several processes, in the order in which families are first met. */
export function mergeSnapshots(processes: readonly ProcessSnapshot[]): FamilySnapshot[] {
  const merged = new Map<string, { family: FamilySnapshot; series: Map<string, number[]> }>();
  for (const { label, families } of processes) {
    for (const family of families) {
      const known = merged.get(family.name) ?? { family, series: new Map<string, number[]>() };
      merged.set(family.name, known);
      for (const { text, values } of family.series) {
        const of = family.across === 'each' ? withLabel(text, label) : text;
        const before = known.series.get(of);
        known.series.set(of, before === undefined ? [...values] : join(family, before, values));
      }
    }
  }
  return [...merged.values()].map(({ family, series }) => ({
    ...family,
    series: [...series].map(([text, values]) => ({ text, values })),
  }));
}

/** What is left of a process that has ended: what it counted, but nothing that was about itself. */
export function remains(families: readonly FamilySnapshot[]): FamilySnapshot[] {
  return families.filter(({ type, across }) => type !== 'gauge' && across === 'sum');
}

function join({ across }: FamilySnapshot, a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, at) => {
    const other = b[at] ?? 0;
    return across === 'max' ? Math.max(value, other) : value + other;
  });
}

function withLabel(text: string, label: string): string {
  return `${text}${text === '' ? '' : ','}worker="${label}"`;
}
