import type { RawJson } from '../../../../lib/json/types.js';
import { answerOf } from './answer.js';
import type { CallScope } from '../call/call-scope.js';
import type { Line } from './link.js';

/**
 * Sends a request of our own on a line and answers its result.
 * @throws LineLost | McpError `upstream_*`
 * @throws AnsweredError
 */
export async function askLine(
  server: string,
  line: Pick<Line, 'begin' | 'send'>,
  request: { readonly method: string; readonly params: RawJson },
  scope: CallScope,
): Promise<RawJson> {
  const exchange = line.begin(request);
  const remove = scope.onEnd((reason) => exchange.fail(reason));
  try {
    await line.send(exchange);
    return await answerOf(server, request.method, exchange.events());
  } finally {
    remove();
    exchange.end();
  }
}
