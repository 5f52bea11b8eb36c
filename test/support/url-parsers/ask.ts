import { spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { fileURLToPath, parse } from 'node:url';
import { bareEnvironment } from '../process.js';

/** What some reader takes a URI for: scheme, host, port (0 for none), path. */
export type Resolved = readonly [string, string, number, string];

export interface UrlParser {
  readonly name: string;
  /** Why it cannot be asked here; undefined where it can. */
  readonly missing: string | undefined;
  readonly resolve: (uris: readonly string[]) => readonly (readonly Resolved[])[];
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The URL parsers of three languages, and what servers in them do with what those answer. */
export const urlParsers: readonly UrlParser[] = [
  { name: 'Node', missing: undefined, resolve: (uris) => uris.map(byNode) },
  external('Python', 'python3', ['--version'], [here('./resolve.py')]),
  external('Go', 'go', ['version'], ['run', here('./resolve.go')]),
];

function external(
  name: string,
  command: string,
  probe: readonly string[],
  args: readonly string[],
): UrlParser {
  const isThere = spawnSync(command, probe, { env: bareEnvironment }).status === 0;
  return {
    name,
    missing: isThere ? undefined : `${command} is not on this machine`,
    resolve: (uris) => {
      const input = uris.map((uri) => JSON.stringify(uri)).join('\n');
      const ran = spawnSync(command, args, {
        input: `${input}\n`,
        env: { ...bareEnvironment, PYTHONIOENCODING: 'utf-8', GO111MODULE: 'off' },
        maxBuffer: 1 << 30,
        encoding: 'utf8',
      });
      if (ran.status !== 0) throw new Error(`${name}: ${ran.stderr}`);
      return ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Resolved[]);
    },
  };
}

function byNode(uri: string): Resolved[] {
  const found: Resolved[] = [];
  if (URL.canParse(uri)) {
    const { protocol, hostname, port, pathname, href } = new URL(uri);
    const add = (path: string) => found.push([protocol.slice(0, -1), hostname, Number(port), path]);
    for (const path of paths(pathname)) add(path);
    const local = attempt(() => fileURLToPath(href));
    if (local !== undefined) add(local);
  }
  const old = attempt(() => parse(uri));
  if (old?.protocol && old.pathname) {
    const { protocol, hostname, port, pathname } = old;
    for (const path of paths(pathname)) {
      found.push([protocol.slice(0, -1), hostname ?? '', Number(port), path]);
    }
  }
  // Servers that do not parse at all.
  const bare = uri.replace('file://', '');
  if (bare !== uri) for (const path of paths(bare.trim())) found.push(['file', '', 0, path]);
  return found;
}

/** A server undoes escapes and resolves dots in either order, or does one of them only. */
function paths(path: string): string[] {
  const undo = (text: string) => attempt(() => decodeURIComponent(text)) ?? text;
  const once = undo(path);
  const after = undo(posix.normalize(path));
  const all = [path, once, undo(once), after];
  return [...all, ...all.map((each) => posix.normalize(each))];
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
