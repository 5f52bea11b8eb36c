type Environment = Readonly<Record<string, string | undefined>>;

/** `key = value` lines of kong.conf; a variable `KONG_KEY` of the environment overrides `key`. */
export function readKongConf(text: string, env: Environment): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value = ''] =
      /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line.replace(/(?<!\\)#.*/, '')) ?? [];
    if (key !== undefined) values.set(key.toLowerCase(), value.replaceAll('\\#', '#'));
  }
  for (const [name, value = ''] of Object.entries(env)) {
    if (name.startsWith('KONG_')) values.set(name.slice(5).toLowerCase(), value.trim());
  }
  return values;
}

/** A list of kong.conf. */
export const listIn = (text: string): string[] =>
  text.split(',').flatMap((part) => part.trim() || []);

/** A size as nginx writes it, in bytes; undefined for what is none. */
export function bytesIn(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}
