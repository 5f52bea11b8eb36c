import type { RawJson } from '../../../../../lib/json/types.js';
import type { ServerSaid } from '../../../core/calls/upstream-port.js';
import type { Exchange } from '../../conversation/exchange.js';
import type { Line } from '../../conversation/link.js';
import type { Era } from '../../eras/era-memory.js';

/** A conversation with a child process, of this worker or of another. */
export interface ChildLine extends Line {
  readonly alive: boolean;
}

/** One that other workers may use as well. */
export interface SharedLine extends ChildLine {
  readonly said: ServerSaid | undefined;
  /** Prepares a request as it is: what the era demands of it is its sender's business. */
  beginRaw(method: string, params: RawJson | undefined): Exchange;
}

export interface OpenChild<L extends ChildLine = ChildLine> {
  readonly line: L;
  /** As in `OpenLine`. */
  readonly fresh: boolean;
}

/** What a child is found to speak. */
export interface Spoken {
  readonly era: Era;
  /** Whether it does not speak the era that was tried first. */
  readonly refused: boolean;
}

/** Keeps a child for all callers. */
export interface ChildKeeper {
  /** @throws McpError `upstream_*`, `overloaded` */
  open(): Promise<OpenChild>;
  close(): Promise<void>;
}

/** A child of this worker that others use as well. */
export interface HostedChild {
  open(): Promise<OpenChild<SharedLine>>;
  /**
   * Calls `onGone` when the child has ended; answers a remover. What it says of changed lists comes by
   * `NodeLists`.
   * @param onGone told why, which continues the sentence "server NAME …"
   */
  watch(onGone: OnGone): () => void;
}

export type OnGone = (why: string) => void;

/** Topic of the streams by which workers use each other's children. */
export const childTopic = 'stdio_child';
