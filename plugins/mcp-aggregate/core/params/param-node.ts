import { foldKey } from '../../../../lib/json/protocol-keys.js';
import type { ParamChild, ParamNode } from './mirrored-params.js';

/**
 * One object within `arguments` of which some members matter.
 * @param properties names of all that its schema lists, these among them
 */
export function nodeOf(
  children: ReadonlyMap<string, ParamChild>,
  properties: readonly string[],
): ParamNode {
  const folded = new Set([...children.keys()].map(foldKey));
  const others = properties.filter((name) => !children.has(name) && folded.has(foldKey(name)));
  const longest = Math.max(...[...folded].map(({ length }) => length));
  return { children, folded, neighbours: new Set(others), longest };
}

/**
 * The node of several ways into `arguments`; each fills the place of its index.
 * @param paths of one name at least each, no two alike
 */
export function nodeOfPaths(paths: readonly (readonly string[])[]): ParamNode {
  return within(paths.map((path, param) => ({ path, param })));
}

interface Way {
  readonly path: readonly string[];
  readonly param: number;
}

function within(ways: readonly Way[]): ParamNode {
  const byName = new Map<string, Way[]>();
  for (const { path, param } of ways) {
    const [name = '', ...rest] = path;
    byName.set(name, [...(byName.get(name) ?? []), { path: rest, param }]);
  }
  const children = new Map<string, ParamChild>();
  for (const [name, inner] of byName) {
    const here = inner.find(({ path }) => path.length === 0);
    const deeper = inner.filter(({ path }) => path.length > 0);
    const node = deeper.length === 0 ? undefined : within(deeper);
    children.set(name, { param: here?.param, node });
  }
  return nodeOf(children, []);
}
