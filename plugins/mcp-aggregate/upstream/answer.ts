import { McpError } from '../../../lib/errors.js';
import { lastNamed } from '../../../lib/json/named-members.js';
import type { RawJson } from '../../../lib/json/types.js';
import type { CallEvent, Failure } from '../core/call.js';
import { protocolBroken } from './failures.js';

/** The server answered a request of our own with a JSON-RPC error. */
export class AnsweredError extends McpError {
  readonly rpcCode: number;

  constructor(server: string, method: string, rpcCode: number) {
    const base = protocolBroken(server, `answered ${method} with JSON-RPC error ${rpcCode}`);
    super(base.code, base.message, base.data);
    this.name = 'AnsweredError';
    this.rpcCode = rpcCode;
  }
}

/** No client stands behind what the gateway asks for itself. */
const nobody = {
  error: Buffer.from('{"code":-32601,"message":"Nobody can be asked outside a call."}'),
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
    if (event.type === 'fail') throw errorOf(server, method, event.failure);
  }
  throw new TypeError('events ended without a last one');
}

/** The failure as what our own requests throw. */
function errorOf(server: string, method: string, failure: Failure): McpError {
  if (failure.kind === 'local') return new McpError(failure.code, failure.message, failure.data);
  const [code] = lastNamed(failure.error, { start: 0, end: failure.error.length }, 'code');
  const text = code ? failure.error.toString('latin1', code.value.start, code.value.end) : '';
  return new AnsweredError(server, method, Number(text));
}
