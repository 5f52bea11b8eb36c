import { errorTable, McpError } from '../../../../lib/errors/errors.js';
import type { ErrorCode } from '../../../../lib/errors/errors.js';

/** An error as one worker tells it another. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export function toldOf({ code, message, data }: McpError): ToldError {
  return { code, message, data };
}

/** The error that another worker has told. */
export function errorTold({ code, message, data }: ToldError): McpError {
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'internal';
  return new McpError(known, message, data);
}
