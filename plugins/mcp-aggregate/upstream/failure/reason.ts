import { McpError } from '../../../../lib/errors/errors.js';

/** What continues the sentence "server NAME …", taken out of an error that begins with it. */
export function reasonOf(server: string, error: unknown): string {
  if (!(error instanceof McpError)) return 'failed by a fault of this gateway';
  return withoutServer(server, error.message);
}

export function withoutServer(server: string, message: string): string {
  const start = `server ${server} `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}
