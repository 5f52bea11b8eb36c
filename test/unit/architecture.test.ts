import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const skipped = new Set(['node_modules', 'dist', 'describe', 'coverage', '.git', '.demo']);

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const files = filesBelow('.');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const code = files.filter((path) => /^(lib|schema|plugins|kong)\/.*\.ts$/.test(path));
const plugins = readdirSync(join(root, 'plugins'));

const statement =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
const sideEffect = /(?:^|\n)import\s*'([^']+)'/g;

/** What a file imports: paths from the root for our own files, names for the rest. */
function imports(path: string, source = text(path)): string[] {
  const found = [...source.matchAll(statement), ...source.matchAll(sideEffect)];
  return found.map((match) => {
    const name = match[1] ?? match[2] ?? '';
    if (!name.startsWith('.')) return name;
    return relative('/', join('/', normalize(join(dirname(path), name)))).replace(/\.js$/, '.ts');
  });
}

/** `path → import` for each import of these files that is not allowed. */
function offences(paths: readonly string[], allowed: (name: string, path: string) => boolean) {
  return paths.flatMap((path) =>
    imports(path)
      .filter((name) => !allowed(name, path))
      .map((name) => `${path} → ${name}`),
  );
}

const layerOf = (path: string) => /^plugins\/[^/]+\/([^/.]+)/.exec(path)?.[1] ?? '';
const pluginOf = (path: string) => /^plugins\/([^/]+)\//.exec(path)?.[1];
const inner = new Set(['core', 'io', 'endpoint', 'upstream']);
const network = /^(node:)?(https?|http2|net|tls|dgram|dns|fs|child_process|worker_threads)(\/|$)/;
const networkLibraries = /^(undici|kong-pdk|eventsource-parser|@modelcontextprotocol\/sdk\/client)/;
const kongPort = 'lib/kong/kong-port.ts';

describe('imports go one way', () => {
  it('lib imports lib only', () => {
    const lib = files.filter((path) => /^lib\/.*\.ts$/.test(path));
    expect(lib.length).toBeGreaterThan(5);
    expect(offences(lib, (name) => !/^(plugins|kong|schema|test|bench)\//.test(name))).toEqual([]);
  });

  it('schema imports lib and schema only', () => {
    const schema = files.filter((path) => /^schema\/.*\.ts$/.test(path));
    expect(offences(schema, (name) => !/^(plugins|kong|test|bench)\//.test(name))).toEqual([]);
  });

  it('plugins never import each other, nor kong, bench or test', () => {
    const paths = code.filter((path) => path.startsWith('plugins/'));
    const allowed = (name: string, path: string) =>
      !/^(kong|test|bench)\//.test(name) &&
      (pluginOf(name) === undefined || pluginOf(name) === pluginOf(path));
    expect(offences(paths, allowed)).toEqual([]);
  });

  it('inner layers do not import plugin.ts or index.ts', () => {
    const paths = code.filter((path) => inner.has(layerOf(path)));
    expect(paths.length).toBeGreaterThan(10);
    const allowed = (name: string) => !/^plugins\/[^/]+\/((plugin|index)\.ts$|access\/)/.test(name);
    expect(offences(paths, allowed)).toEqual([]);
  });

  it('only index, config and plugin read the schema', () => {
    const paths = code.filter((path) => inner.has(layerOf(path)));
    expect(offences(paths, (name) => !name.startsWith('schema/'))).toEqual([]);
  });

  it('only plugin.ts, what it does in the access phase, and kong/ know Kong', () => {
    const paths = code.filter(
      (path) =>
        !path.startsWith('kong/') && !/^plugins\/[^/]+\/((plugin|index)\.ts$|access\/)/.test(path),
    );
    // Shapes of the port that hold plain values may be named; the port itself may not.
    const named = paths.filter((path) => /\bKongPort\b/.test(text(path)) && path !== kongPort);
    expect(named).toEqual([]);
    expect(offences(paths, (name) => name !== 'kong-pdk')).toEqual([]);
  });
});

describe('the upstream side', () => {
  it('is used by io, and does not use it', () => {
    const paths = code.filter((path) => layerOf(path) === 'upstream');
    expect(offences(paths, (name) => layerOf(name) !== 'io')).toEqual([]);
  });
});

describe('core is pure', () => {
  const core = code.filter((path) => layerOf(path) === 'core');

  it('imports no other layer of its plugin, no network and no file system', () => {
    expect(core.length).toBeGreaterThan(5);
    const allowed = (name: string) => {
      const layer = layerOf(name);
      if (network.test(name) || networkLibraries.test(name)) return false;
      return pluginOf(name) === undefined || layer === 'core' || layer === 'config';
    };
    expect(offences(core, allowed)).toEqual([]);
  });

  it('reads no clock, no randomness of its own, no environment and starts no timer', () => {
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|\bprocess\.|\bsetTimeout\(|\bsetInterval\(|(?<![#.\w])fetch\(|\bMath\.random\(/;
    expect(core.filter((path) => impure.test(withoutComments(text(path))))).toEqual([]);
  });
});

describe('the tree', () => {
  it('has nothing but plugins directly below plugins/', () => {
    const entries = readdirSync(join(root, 'plugins'), { withFileTypes: true });
    expect(entries.every((entry) => entry.isDirectory())).toBe(true);
    const loadable = plugins.filter((name) => files.includes(`plugins/${name}/index.ts`));
    expect(loadable).toEqual(plugins);
    expect(plugins).toEqual(['mcp-aggregate', 'mcp-oauth']);
  });

  it('keeps files small: none above 300 lines, half of them below 120', () => {
    const sizes = code.map((path) => [path, text(path).split('\n').length - 1] as const);
    expect(sizes.filter(([, lines]) => lines > 300)).toEqual([]);
    const sorted = sizes.map(([, lines]) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(120);
  });

  it('is named in kebab case', () => {
    const odd = code.filter((path) => !/^([a-z0-9-]+\/)+[a-z0-9-]+(\.d)?\.ts$/.test(path));
    expect(odd).toEqual([]);
  });

  it('writes to stdout in commands only, and never through console', () => {
    expect(code.filter((path) => /\bconsole\.\w/.test(withoutComments(text(path))))).toEqual([]);
    const speaking = code.filter((path) => /process\.stdout/.test(withoutComments(text(path))));
    expect(speaking.filter((path) => !path.startsWith('kong/'))).toEqual([]);
  });

  it('has no cycle of imports', () => {
    expect(cycle()).toBeUndefined();
  });

  it('names no machine path and no package registry', () => {
    const own = 'test/unit/architecture.test.ts';
    const machine =
      /(?<![\w.$}~-])\/(?:work|home\/\w+\/|root\/|Users\/\w+\/|private\/tmp)(?=[/\w])/;
    const registry =
      /registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|\/artifactory\//;
    const readable = files.filter(
      (path) => path !== own && /\.(ts|js|json|md|ya?ml|conf|sh)$|\/run$|Dockerfile$/.test(path),
    );
    expect(readable.length).toBeGreaterThan(50);
    expect(readable.filter((path) => machine.test(text(path)))).toEqual([]);
    expect(readable.filter((path) => registry.test(text(path)))).toEqual([]);
  });
});

function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '');
}

/** The first cycle among our sources, if there is one. Imports of types count: they tie files as well. */
function cycle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    done.add(path);
    for (const name of imports(path)) {
      const found = files.includes(name) ? visit(name, [...trail, path]) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  for (const path of code) {
    const found = visit(path, []);
    if (found) return found;
  }
  return undefined;
}
