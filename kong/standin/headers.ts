type Value = string | readonly string[];

/** Headers by lower-case name that keep their spelling and repetitions. */
export class Headers {
  readonly #lines = new Map<string, { readonly name: string; readonly values: string[] }>();

  /** @param raw names and values in turn, as they came */
  constructor(raw: readonly string[] = []) {
    for (let at = 0; at + 1 < raw.length; at += 2) this.add(raw[at]!, raw[at + 1]!);
  }

  get(name: string): string | undefined {
    return this.#lines.get(name.toLowerCase())?.values[0];
  }

  count(name: string): number {
    return this.#lines.get(name.toLowerCase())?.values.length ?? 0;
  }

  set(name: string, value: Value): void {
    const values = typeof value === 'string' ? [value] : [...value];
    this.#lines.set(name.toLowerCase(), { name, values });
  }

  add(name: string, value: string): void {
    const line = this.#lines.get(name.toLowerCase());
    if (line === undefined) this.set(name, value);
    else line.values.push(value);
  }

  delete(name: string): void {
    this.#lines.delete(name.toLowerCase());
  }

  /** Removes hop-by-hop headers, and those that `Connection` names (RFC 9110, 7.6.1). */
  deleteHopByHop(): void {
    const named = this.get('connection')?.split(',') ?? [];
    for (const name of [...hopByHop, ...named]) this.delete(name.trim());
  }

  /** Names and values in turn. */
  raw(): string[] {
    return [...this.#lines.values()].flatMap(({ name, values }) =>
      values.flatMap((v) => [name, v]),
    );
  }

  /** By lower-case name, a repeated header as a list; at most `most` lines. */
  toObject(most = Infinity): Record<string, Value> {
    const out: Record<string, Value> = Object.create(null) as Record<string, Value>;
    let left = most;
    for (const [name, { values }] of this.#lines) {
      if (left <= 0) break;
      const kept = values.slice(0, left);
      left -= kept.length;
      out[name] = kept.length === 1 ? kept[0]! : kept;
    }
    return out;
  }
}

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
