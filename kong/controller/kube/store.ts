import { keyOf } from '../core/resources.js';
import type { KubeObject } from '../core/resources.js';

/** What is known of the objects of one kind. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Takes an object in, be it from a watch or the answer to a write; an older state of it is left. */
  set(object: T): void {
    const known = this.#objects.get(keyOf(object));
    if (
      known !== undefined &&
      known.metadata.uid === object.metadata.uid &&
      !isNewer(object, known)
    ) {
      return;
    }
    this.#objects.set(keyOf(object), object);
    this.#onChange();
  }

  /** Takes an object out, unless another one of its name has come since. */
  remove(object: T): void {
    const known = this.#objects.get(keyOf(object));
    if (known === undefined || known.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(keyOf(object));
    this.#onChange();
  }

  /** What a list says; `inside` says whether an object would be in it. */
  replace(objects: readonly T[], inside: (object: T) => boolean): void {
    const keys = new Set(objects.map(keyOf));
    for (const [key, object] of this.#objects) {
      if (inside(object) && !keys.has(key)) this.#objects.delete(key);
    }
    for (const object of objects) this.#objects.set(keyOf(object), object);
    this.#onChange();
  }
}

/** The API server counts its versions up. */
function isNewer(object: KubeObject, known: KubeObject): boolean {
  const [a, b] = [object, known].map(({ metadata }) => metadata.resourceVersion ?? '') as [
    string,
    string,
  ];
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return a !== b;
  return BigInt(a) > BigInt(b);
}
