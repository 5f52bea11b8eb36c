/** The name of a member of `_meta` that the protocol itself has, from 2026-07-28 on. */
export function metaKey(name: string): string {
  return `io.modelcontextprotocol/${name}`;
}
