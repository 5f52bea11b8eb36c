import { hash } from 'node:crypto';
import type { OperationHead } from '../document/api-operation.js';
import { titleOf } from '../document/operation-heads.js';

/** With a prefix before them, names of tools shall stay within 64 characters. */
const longestName = 48;
const hashLength = 6;

/**
 * Names of tools, for operations in any order: by what the document or the operator calls them, else
 * by `operationId`, made legal; where two would have one name, or there is none, by method and path.
 * The name of an operation depends on no other one, but for such clashes, so that it lasts.
 * @param given the operator's own name of an operation
 */
export function toolNames(
  heads: readonly OperationHead[],
  given: (head: OperationHead) => string | undefined,
): ReadonlyMap<OperationHead, string> {
  const wanted = heads.map((head) => given(head) ?? legalName(head.hints.name ?? head.id ?? ''));
  const first = counted(wanted);
  const second = heads.map((head, index) => {
    const name = wanted[index]!;
    return name !== '' && first.get(name) === 1 ? name : nameByPath(head);
  });
  const clashes = counted(second);
  return new Map(
    heads.map((head, index) => {
      const name = second[index]!;
      return [head, clashes.get(name) === 1 ? name : withHash(name, titleOf(head))];
    }),
  );
}

function nameByPath({ method, path }: OperationHead): string {
  return legalName(`${method.toLowerCase()}${path.replaceAll(/[{}]/g, '')}`);
}

function legalName(text: string): string {
  const legal = text.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '');
  return legal.length <= longestName ? legal : withHash(legal, text);
}

function withHash(name: string, of: string): string {
  const digest = hash('sha256', of, 'hex').slice(0, hashLength);
  return `${name.slice(0, longestName - hashLength - 1)}_${digest}`;
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
