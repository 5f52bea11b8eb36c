import { SharedBytes } from '../../lib/held/shared-bytes.js';
import type { ListedItems } from '../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { nothingApproved } from '../../plugins/mcp-aggregate/core/pins/approved.js';
import type { Approved } from '../../plugins/mcp-aggregate/core/pins/approved.js';
import type { ToldChange } from '../../plugins/mcp-aggregate/core/pins/record/change.js';
import { inspectItem } from '../../plugins/mcp-aggregate/core/pins/inspect-item.js';
import { ServerPins } from '../../plugins/mcp-aggregate/core/pins/server-pins.js';
import type { PinFile } from '../../plugins/mcp-aggregate/io/pins/pin-folder.js';
import { PinBook } from '../../plugins/mcp-aggregate/io/pins/pin-book.js';

/** A definition as a server sends it. */
export const tool = (name: string, description = name) => JSON.stringify({ name, description });
export const resource = (uri: string, name = 'r') => JSON.stringify({ uri, name });

/** A list that a server answers. */
export function listed(items: readonly string[], more: Partial<ListedItems> = {}): ListedItems {
  return {
    items: items.map((item) => Buffer.from(item)),
    offered: new Set(['tools']),
    said: { name: 'Fixture', instructions: 'Be kind.' },
    ...more,
  };
}

export const MiB = 1_048_576;
export const roomFor = (bytes: number) => new SharedBytes({ bytes, ofOne: bytes }).share();

interface Given {
  readonly enforce?: boolean;
  readonly perCaller?: boolean;
  readonly book?: PinBook;
  /** Bytes for differences. */
  readonly room?: number;
}

/** Pins of one server, and what they make of lists. */
export function pinned(given: Given = {}) {
  const { enforce = true, perCaller = false, room = MiB, book = firstUse(perCaller) } = given;
  const memory = { differences: roomFor(room), findings: roomFor(MiB), seen: roomFor(MiB) };
  const told: ToldChange[] = [];
  const left: number[] = [];
  const pins = new ServerPins({
    server: 's',
    enforce,
    approvals: book,
    perCaller,
    memory,
    inspect: (kind, raws, options) =>
      Promise.resolve(raws.map((raw) => inspectItem(kind, raw, options))),
    lint: () => undefined,
    now: () => 'now',
    onTold: (changes, leftOut) => {
      told.push(...changes);
      if (leftOut > 0) left.push(leftOut);
    },
    onDoubts: () => undefined,
  });
  let count = 0;
  const list = async (kind: 'tool' | 'resource', items: readonly string[], more = {}) => {
    const { items: shown } = await pins.review(kind, listed(items, more), `${(count += 1)}`);
    return shown.map((raw) => raw.toString());
  };
  return { pins, told, left, list };
}

export const notKept = () => Promise.reject(new Error('nothing is kept here'));

/** Goes by what it is shown first. @param room bytes for that */
export function firstUse(perCaller = false, room = MiB) {
  const parse = () => Promise.resolve(nothingApproved);
  return new PinBook({
    server: 's',
    source: 'memory',
    file: undefined,
    firstUse: true,
    memory: roomFor(room),
    perCaller,
    parse,
    add: notKept,
  });
}

const readable: PinFile = {
  fixed: true,
  mark: () => Promise.resolve('1'),
  read: () => Promise.resolve(Buffer.of()),
};

/** Goes by a lockfile. */
export function book(approved: Approved, file = readable) {
  const parse = () => Promise.resolve(approved);
  return new PinBook({
    server: 's',
    source: 'l',
    file,
    firstUse: false,
    memory: roomFor(MiB),
    perCaller: false,
    parse,
    add: notKept,
  });
}
