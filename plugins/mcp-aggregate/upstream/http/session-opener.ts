import { log } from '../../../../lib/log.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../config/config.js';
import type { CallScope } from '../call/call-scope.js';
import { Refused } from './answers/refusal.js';
import type { SessionLine, Transport } from './session-line.js';

/** Statuses by which a server of the older transport refuses `initialize` (MCP 2025-03-26, basic/transports). */
const refusing: ReadonlySet<number> = new Set([400, 404, 405]);

/**
 * Opens the lines with sessions to one server, over the transport that it speaks: as configured, or
 * as found out, by trying the older one where the newer is refused (MCP 2025-03-26, basic/transports,
 * "Backwards compatibility"). What was found is tried first from then on.
 */
export class SessionOpener {
  readonly #server: Pick<ServerConfig, 'name' | 'transport'>;
  #found: Transport = 'streamable-http';

  constructor(server: Pick<ServerConfig, 'name' | 'transport'>) {
    this.#server = server;
  }

  /**
   * A line that is initialized.
   * @param make a line that is not, over this transport
   * @throws McpError `upstream_*`, that of Streamable HTTP where neither is spoken
   */
  async open(
    scope: CallScope,
    make: (transport: Transport, isKnown: boolean) => SessionLine,
  ): Promise<SessionLine> {
    if (this.#server.transport === 'sse') return initialized(make('sse', true), scope);
    const first = this.#found;
    try {
      return await initialized(make(first, true), scope);
    } catch (error) {
      if (scope.reason || !maySpeakOther(first, error)) throw error;
      const other = first === 'sse' ? 'streamable-http' : 'sse';
      const line = await initialized(make(other, false), scope).catch((failure: unknown) => {
        throw other === 'sse' ? error : failure;
      });
      this.#found = other;
      log('info', 'upstream_transport', { server: this.#server.name, transport: other });
      return line;
    }
  }
}

async function initialized(line: SessionLine, scope: CallScope): Promise<SessionLine> {
  try {
    await line.initialize(scope);
    if (scope.reason) throw scope.reason;
    return line;
  } catch (error) {
    line.retire(true);
    throw error;
  }
}

/** A server that was found to speak the older transport may have been replaced. */
function maySpeakOther(tried: Transport, error: unknown): boolean {
  if (error instanceof Refused) return refusing.has(error.httpStatus);
  return tried === 'sse' && error instanceof McpError && error.code === 'upstream_protocol';
}
