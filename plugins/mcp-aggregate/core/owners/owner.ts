/**
 * The process that keeps something for a client: a worker of a node. It is named inside of what the
 * client carries for us, sealed, so that the requests about it are led there (design D17).
 */
export interface Owner {
  /** The address at which other nodes reach the node, `host:port`; empty where they do not. */
  readonly node: string;
  readonly slot: number;
}

const slotBytes = 2;
/** A host name has 253 characters at most. */
const mostNodeBytes = 260;

/** An owner as part of a sealed payload; nothing where a process has no others beside it. */
export function writeOwner(owner: Owner | undefined): Buffer {
  if (owner === undefined) return Buffer.of();
  const slot = Buffer.alloc(slotBytes);
  slot.writeUInt16BE(owner.slot);
  return Buffer.concat([slot, Buffer.from(owner.node)]);
}

/** The owner in the rest of a payload; undefined where there is none. */
export function readOwner(bytes: Buffer): Owner | undefined {
  if (bytes.length < slotBytes || bytes.length > slotBytes + mostNodeBytes) return undefined;
  return { slot: bytes.readUInt16BE(), node: bytes.toString('utf8', slotBytes) };
}
