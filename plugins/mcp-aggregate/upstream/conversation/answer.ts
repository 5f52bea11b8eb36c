import { McpError } from '../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { CallEvent, Failure } from '../../core/calls/call.js';
import { protocolBroken } from '../failure/failures.js';
import { errorInWords, readSaidError } from '../failure/said-error.js';
import type { SaidError } from '../failure/said-error.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';

/** The server answered a request of our own with a JSON-RPC error. */
export class AnsweredError extends McpError {
  readonly rpcCode: number;
  /** Revisions of the protocol that the server names in the error. */
  readonly supported: readonly string[];

  constructor(server: string, method: string, said: SaidError) {
    const base = protocolBroken(server, `answered ${method} with ${errorInWords(said)}`);
    super(base.code, base.message, base.data);
    this.name = 'AnsweredError';
    this.rpcCode = said.code;
    this.supported = said.supported;
  }
}

/** No client stands behind what the gateway asks for itself. */
const nobody = {
  error: Buffer.from(
    `{"code":${rpcCodes.methodNotFound},"message":"Nobody can be asked outside a call."}`,
  ),
};

/**
 * Takes events until the last and answers the result; notifications are not looked at.
 * @throws McpError `upstream_*`
 * @throws AnsweredError
 */
export async function answerOf(
  server: string,
  method: string,
  events: AsyncIterable<CallEvent>,
): Promise<RawJson> {
  for await (const event of events) {
    if (event.type === 'ask') event.answer(nobody);
    if (event.type === 'done') return event.result;
    if (event.type === 'input') {
      throw protocolBroken(server, `asks something before it answers ${method}`);
    }
    if (event.type === 'fail') throw errorOf(server, method, event.failure);
  }
  throw new TypeError('events ended without a last one');
}

/** The failure as what our own requests throw. */
function errorOf(server: string, method: string, failure: Failure): McpError {
  if (failure.kind === 'local') return new McpError(failure.code, failure.message, failure.data);
  return new AnsweredError(server, method, readSaidError(failure.error));
}
