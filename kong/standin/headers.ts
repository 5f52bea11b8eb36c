export type HeaderValue = string | readonly string[];

const hopByHop =
  'connection keep-alive proxy proxy-connection te trailer transfer-encoding upgrade';

/** Headers by lower-case name that keep their spelling and repetitions. */
export class Headers {
  readonly #lines = new Map<string, { readonly name: string; readonly values: string[] }>();

  /** @param raw names and values in turn, as they came */
  constructor(raw: readonly string[] = []) {
    for (let at = 0; at + 1 < raw.length; at += 2) this.add(raw[at]!, raw[at + 1]!);
  }

  get(name: string): string | undefined {
    return this.all(name)[0];
  }

  all(name: string): readonly string[] {
    return this.#lines.get(name.toLowerCase())?.values ?? [];
  }

  set(name: string, value: HeaderValue | number): void {
    const values = typeof value === 'object' ? [...value] : [String(value)];
    this.#lines.set(name.toLowerCase(), { name, values });
  }

  setAll(headers: Readonly<Record<string, HeaderValue | number | undefined>>): void {
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) this.delete(name);
      else this.set(name, value);
    }
  }

  add(name: string, value: string): void {
    this.set(name, [...this.all(name), value]);
  }

  delete(name: string): void {
    this.#lines.delete(name.trim().toLowerCase());
  }

  /** Removes hop-by-hop headers, and those that `Connection` names (RFC 9110, 7.6.1). */
  deleteHopByHop(): void {
    const named = this.get('connection')?.split(',') ?? [];
    for (const name of [...hopByHop.split(' '), ...named]) this.delete(name);
  }

  /** Names and values in turn. */
  raw(): string[] {
    return [...this.#lines.values()].flatMap(({ name, values }) =>
      values.flatMap((v) => [name, v]),
    );
  }

  /** By lower-case name, a repeated header as a list; the first `most` lines. */
  toObject(most = Infinity): Record<string, HeaderValue> {
    const raw = this.raw();
    const out = new Headers(raw.slice(0, most * 2));
    const lines = [...out.#lines].map(([name, { values }]) => [
      name,
      values[1] ? values : values[0]!,
    ]);
    return Object.fromEntries(lines) as Record<string, HeaderValue>;
  }
}
