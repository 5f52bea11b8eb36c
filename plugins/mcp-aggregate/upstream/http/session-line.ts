import type { McpError } from '../../../../lib/errors/errors.js';
import type { ServerSaid } from '../../core/calls/upstream-port.js';
import type { CallScope } from '../call/call-scope.js';
import type { Line } from '../conversation/link.js';

/** How messages go to a server of the session era and come back. */
export type Transport = 'streamable-http' | 'sse';

/** One conversation with a server that is opened by `initialize`, over whichever transport. */
export interface SessionLine extends Line {
  readonly modern: false;
  /** Whether the server keeps a session for this line. */
  readonly hasSession: boolean;
  /** What the server says it is, once it is initialized. */
  readonly said: ServerSaid | undefined;
  readonly takesLogLevel: boolean;
  /**
   * The handshake (requirements H32-H34).
   * @throws McpError `upstream_*`
   */
  initialize(scope: CallScope): Promise<void>;
  /**
   * Ends the session at the server once no call needs it; best effort.
   * @param atOnce its client wants nothing more of it
   */
  retire(atOnce?: boolean): void;
  /** The server has forgotten this line. */
  lost(): void;
  /** Ends every call under way and tells the server that the session is over. */
  close(error: McpError): Promise<void>;
}
