import { McpError } from '../../../lib/errors.js';

/** What continues the sentence "server NAME …", taken out of an error that begins with it. */
export function reasonOf(server: string, error: unknown): string {
  if (!(error instanceof McpError)) return 'failed by a fault of this gateway';
  const start = `server ${server} `;
  return error.message.startsWith(start) ? error.message.slice(start.length) : error.message;
}
