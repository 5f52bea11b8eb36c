/** `part` again and again up to `bytes`, each with its number, joined by commas. */
function repeated(bytes: number, part: (n: number) => string): string {
  const parts: string[] = [];
  let left = bytes;
  for (let n = 0; ; n++) {
    const next = part(n);
    left -= Buffer.byteLength(next) + 1;
    if (left < 0) return parts.join(',');
    parts.push(next);
  }
}

const record = (n: number) =>
  JSON.stringify({
    id: n,
    title: `Issue ${n}: the build fails on the second try`,
    state: n % 3 === 0 ? 'open' : 'closed',
    labels: ['bug', 'ci'],
    author: { login: `user-${n % 17}`, site_admin: false },
    score: n * 1.5,
  });

/** Each shape is put into many places: it is made once for each size. */
function once(make: (bytes: number) => string): (bytes: number) => string {
  const made = new Map<number, string>();
  return (bytes) => {
    const text = made.get(bytes) ?? make(bytes);
    made.set(bytes, text);
    return text;
  };
}

/** An array as tools take and give it. */
export const records = once((bytes) => `[${repeated(bytes - 2, record)}]`);

const key = (n: number) => n.toString(36);

/** Members of one name. */
export const membersNamed = (name: string) => (bytes: number) =>
  repeated(bytes, () => `"${name}":0`);

type Shapes = Readonly<Record<string, (bytes: number) => string>>;

const allOnce = <T extends Shapes>(shapes: T): T =>
  Object.fromEntries(Object.entries(shapes).map(([name, make]) => [name, once(make)])) as T;

/** Members of an object, by shape. */
export const memberShapes = allOnce({
  'small distinct keys': (bytes: number) => repeated(bytes, (n) => `"${key(n)}":0`),
  'escaped keys': (bytes: number) =>
    repeated(
      bytes,
      (n) => `"${[...key(n)].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')}":0`,
    ),
  'one key': membersNamed('a'),
  'empty objects': (bytes: number) => repeated(bytes, (n) => `"${key(n)}":{}`),
  'a long key': (bytes: number) => `"${'k'.repeat(bytes - 4)}":0`,
  'a long key of escapes': (bytes: number) => `"${'\\u0061'.repeat((bytes - 4) / 6)}":0`,
  'keys of a kilobyte': (bytes: number) =>
    repeated(bytes, (n) => `"${key(n).padStart(1_000, 'ß')}":0`),
});

/** Values, by shape. */
export const valueShapes = allOnce({
  'empty arrays': (bytes: number) => `[${repeated(bytes - 2, () => '[]')}]`,
  'small numbers': (bytes: number) => `[${repeated(bytes - 2, () => '0')}]`,
  'empty strings': (bytes: number) => `[${repeated(bytes - 2, () => '""')}]`,
  'deep nests': (bytes: number) =>
    `[${repeated(bytes - 2, () => '['.repeat(50) + ']'.repeat(50))}]`,
  'a deep nest': (bytes: number) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  'escaped quotes': (bytes: number) => `"${'\\"'.repeat((bytes - 2) / 2)}"`,
  'escaped letters': (bytes: number) => `"${'\\u0061'.repeat((bytes - 2) / 6)}"`,
  'white space': (bytes: number) => `[${' \n'.repeat((bytes - 2) / 2)}]`,
  'small objects': (bytes: number) => `[${repeated(bytes - 2, () => '{"a":{}}')}]`,
});

/** The same shapes, each put into a place by `wrap` and within the size. */
export function placed<T>(
  shapes: Shapes,
  where: string,
  wrap: (text: string) => T,
  room = 200,
): Record<string, (bytes: number) => T> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, make]) => [
      `${name} in ${where}`,
      (bytes: number) => wrap(make(bytes - room)),
    ]),
  );
}
