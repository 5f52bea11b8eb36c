import type { KongPdk } from './kong-pdk.js';
import type { PdkCalls } from './pdk-calls.js';
import { pdkMethods } from './pdk-methods.js';

/** What every object below `kong` holds; its class says which namespace it is. */
interface Namespace {
  readonly calls: PdkCalls;
}

type NamespaceClass = new (calls: PdkCalls) => Namespace;

/** Namespaces and methods of the protocol, by their last name, as a tree. */
type Tree = Map<string, Tree | string>;

function tree(): Tree {
  const root: Tree = new Map();
  for (const name of pdkMethods()) {
    const path = name.split('.').slice(1);
    const last = path.pop()!;
    let at = root;
    for (const part of path) {
      let next = at.get(part);
      if (!(next instanceof Map)) at.set(part, (next = new Map()));
      at = next;
    }
    at.set(last, name);
  }
  return root;
}

/** `set_header` and `setHeader`: kong-pdk takes both. */
function spellings(name: string): ReadonlySet<string> {
  return new Set([name, name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())]);
}

function methodGetter(name: string) {
  return function (this: Namespace) {
    const { calls } = this;
    return (...args: readonly unknown[]) => calls.call(name, args);
  };
}

function namespaceGetter(Namespace: NamespaceClass) {
  return function (this: Namespace) {
    return new Namespace(this.calls);
  };
}

/** Names that are in no class end at kong-pdk's own proxy, which knows what to do with them. */
function foreign(PDK: KongPdk['PDK'], path: readonly string[]): object {
  return new Proxy(Object.create(null) as object, {
    get(_, name, namespace: Namespace) {
      if (typeof name === 'symbol') return undefined;
      const { kong } = new PDK(namespace.calls);
      return [...path, name].reduce((at, part) => Reflect.get(at, part) as object, kong);
    },
  });
}

function namespaceClass(PDK: KongPdk['PDK'], members: Tree, path: readonly string[]) {
  class Members implements Namespace {
    readonly calls: PdkCalls;

    constructor(calls: PdkCalls) {
      this.calls = calls;
    }
  }
  Object.setPrototypeOf(Members.prototype, foreign(PDK, path));
  for (const [name, member] of members) {
    const get =
      typeof member === 'string'
        ? methodGetter(member)
        : namespaceGetter(namespaceClass(PDK, member, [...path, name]));
    for (const spelling of spellings(name))
      Object.defineProperty(Members.prototype, spelling, { get });
  }
  return Members;
}

/**
 * Makes `kong` for an event. kong-pdk's own proxy translates each name with a regular expression
 * and makes two functions and a proxy for each step of `kong.service.request.setHeader`: a third of
 * an event's time. Here the methods that the protocol knows are found on classes made once.
 */
export function kongObjects(PDK: KongPdk['PDK']): (calls: PdkCalls) => object {
  const Kong = namespaceClass(PDK, tree(), []);
  return (calls) => new Kong(calls);
}
