import type { Teller } from '../story.js';
import { firstPython, goClient, programs, secondPython } from './programs.js';
import { remote } from './remote.js';
import { firstSdk, nextSdk } from './sdk.js';

export interface Client {
  readonly name: string;
  readonly tell: Teller;
  /** The revision it settles on with servers of that era; absent where it cannot talk to them. */
  readonly legacy?: string;
  readonly modern?: string;
}

const legacy = '2025-11-25';
const modern = '2026-07-28';

/** The clients of the field, those in other languages where there is one to run them. */
export const tellers: readonly Client[] = [
  { name: 'SDK v1', tell: firstSdk, legacy },
  { name: 'SDK v2', tell: nextSdk('legacy'), legacy },
  { name: 'SDK v2, auto', tell: nextSdk('auto'), legacy, modern },
  { name: 'SDK v2, pinned', tell: nextSdk({ pin: modern }), modern },
  { name: 'mcp-remote', tell: remote(), legacy },
  { name: 'mcp-remote, auto', tell: remote('--protocol', 'auto'), legacy, modern: legacy },
  ...where(programs.python2, (command) => [
    { name: 'Python mcp 2.x', tell: secondPython(command, 'auto'), legacy, modern },
  ]),
  ...where(programs.python1, (command) => [
    { name: 'Python mcp 1.x', tell: firstPython(command), legacy },
  ]),
  ...where(programs.go, (command) => [
    { name: 'SDK for Go', tell: goClient(command), legacy, modern },
  ]),
];

function where(
  command: string | undefined,
  clients: (command: string) => readonly Client[],
): readonly Client[] {
  return command === undefined ? [] : clients(command);
}
