import { McpError } from '../../../lib/errors.js';
import type { RawJson } from '../../../lib/json/types.js';
import type { Exchange } from './exchange.js';

/** An initialized way to a server: an HTTP session, or a child process. */
export interface Line {
  begin(method: string, params: RawJson | undefined): Exchange;
  /**
   * Sends the exchange's request; what comes back reaches the exchange by itself.
   * @throws LineLost when the server no longer knows this line and has not done the work
   * @throws McpError `upstream_*`
   */
  send(exchange: Exchange): Promise<void>;
  /** Tells the server to stop working on a request; best effort. */
  cancel(exchange: Exchange, reason: string): void;
}

export interface OpenLine {
  readonly line: Line;
  /** Whether this line was set up for this very call, so that there is no sense in another try. */
  readonly fresh: boolean;
}

/** How one server is connected. */
export interface Link {
  /**
   * A line for callers of one authorization context, set up where there is none yet.
   * @throws McpError `upstream_unavailable`, at once while backing off after failures
   */
  open(context: string): Promise<OpenLine>;
  /** Drops a line that the server no longer knows. */
  forget(context: string, line: Line): void;
  close(): Promise<void>;
}

/** The server refused a request because it no longer knows the session: initialize again. */
export class LineLost extends McpError {
  constructor(error: McpError) {
    super(error.code, error.message, error.data);
    this.name = 'LineLost';
  }
}
