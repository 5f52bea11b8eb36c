import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import type { AskAnswer } from '../../core/calls/call.js';

export const pong: AskAnswer = { result: Buffer.from('{}') };

/** What a server is answered whose question does not reach a client. */
export const refusals = {
  incapable: refusal(rpcCodes.methodNotFound, 'This client declared no capability for that.'),
  busy: refusal(
    rpcCodes.internalError,
    'No call is under way to which this could belong, or it asks too much.',
  ),
};

function refusal(code: number, message: string): AskAnswer {
  return { error: Buffer.from(JSON.stringify({ code, message })) };
}
