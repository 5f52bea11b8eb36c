import { AnsweredError } from './answer.js';
import { askLine } from './ask-line.js';
import type { CallScope } from '../call/call-scope.js';
import type { Line } from './link.js';

/**
 * Sends `logging/setLevel`. A server that refuses the level decides by itself what it sends.
 * @throws LineLost | McpError
 */
export async function tellLogLevel(
  server: string,
  line: Pick<Line, 'begin' | 'send'>,
  level: string,
  scope: CallScope,
): Promise<void> {
  const params = Buffer.from(JSON.stringify({ level }));
  try {
    await askLine(server, line, { method: 'logging/setLevel', params }, scope);
  } catch (error) {
    if (!(error instanceof AnsweredError)) throw error;
  }
}
