import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';

/** JSON-RPC error codes of the protocol. */
export const rpcCodes = {
  parseError: ErrorCode.ParseError as number,
  invalidRequest: ErrorCode.InvalidRequest as number,
  methodNotFound: ErrorCode.MethodNotFound as number,
  invalidParams: ErrorCode.InvalidParams as number,
  internalError: ErrorCode.InternalError as number,
  urlElicitationRequired: ErrorCode.UrlElicitationRequired as number,
  /** What SDKs answer for a session or transport that they do not know (its own meanings differ). */
  unknownSession: ErrorCode.RequestTimeout as number,
  noConnection: ErrorCode.ConnectionClosed as number,
  // Of these the SDK's first line has no names: `server/resources`, and revision 2026-07-28.
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;
