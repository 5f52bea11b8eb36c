import type { ServerConfig } from '../../../config/config.js';
import type { Exchange } from '../../conversation/exchange.js';
import { protocolBroken } from '../../failure/failures.js';
import { discard } from '../requests/http-endpoint.js';
import type { AnswerReader } from './answer-reader.js';
import type { HttpAnswer } from './take-answer.js';

/**
 * Begins to read the answer of a request; the exchange gets what it says.
 * @throws McpError for one that cannot be an answer
 */
export function acceptAnswer(
  { name }: Pick<ServerConfig, 'name'>,
  reader: AnswerReader,
  answer: HttpAnswer,
  exchange: Exchange,
): void {
  const { statusCode: status } = answer;
  if (status === 202 || status === 204) {
    discard(answer);
    throw protocolBroken(name, `accepted a request without an answer (HTTP ${status})`);
  }
  reader.begin(answer, exchange);
}
