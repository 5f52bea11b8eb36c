import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { OutboundOptions } from '../../../../lib/outbound/outbound-fetch.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';
import type { CallerContext } from '../calls/call.js';

/** When a guard is asked: before a call, of its arguments, or of what comes back. */
export type GuardedSide = 'request' | 'result';

/** A guard as configured. `headers` may hold secrets: never log them. */
export interface GuardConfig {
  readonly name: string;
  readonly url: URL;
  readonly on: ReadonlySet<GuardedSide>;
  /** Whether it is about a tool, by the name that clients see. */
  readonly concerns: (name: string) => boolean;
  /** Whether calls pass where it gives no usable answer. */
  readonly failsOpen: boolean;
  readonly timeoutMs: number;
  /** Bytes of what it is asked about, and of its answer. */
  readonly maxBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly outbound: OutboundOptions;
}

/** What a guard is asked about. */
export interface GuardQuestion {
  readonly on: GuardedSide;
  /** The tool by the name that clients see. */
  readonly tool: string;
  readonly server: string;
  /** Arguments or result, as raw JSON. */
  readonly given: Buffer;
  readonly caller: CallerContext;
  /** Kong's id of the request. */
  readonly requestId: string | undefined;
  readonly span: SpanContext | undefined;
  readonly signal: CancelSignal;
}

/** A text in place of the string at a JSON Pointer, from what the guard was asked about. */
export interface Replacement {
  readonly path: readonly string[];
  readonly text: string;
}

export type GuardAnswer =
  | { readonly action: 'allow' }
  | { readonly action: 'deny'; readonly reason: string | undefined }
  | { readonly action: 'replace'; readonly replacements: readonly Replacement[] };

/** What a guard did is of no use. `message` may be logged: nothing that was asked or answered is in it. */
export class GuardFault extends Error {
  override readonly name = 'GuardFault';
}

/**
 * The guard wants something else to pass than what it was asked about, and cannot be followed. It has
 * not failed: so this must not pass, whatever is to happen where it fails.
 */
export class UnfollowedAnswer extends GuardFault {}

/** A guard that can be asked. */
export interface Guard {
  readonly config: GuardConfig;
  /**
   * What it makes of what was given; `given` itself where it allows, or failed and lets pass.
   * @throws McpError `guard_denied`, `guard_unavailable`, `overloaded`, `cancelled`
   */
  judge(question: GuardQuestion): Promise<Buffer>;
}
