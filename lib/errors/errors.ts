import { rpcCodes } from '../protocol/rpc-codes.js';

/**
 * Every failure a client can be shown, in one table. `docs/errors.md` is generated from it.
 *
 * JSON-RPC codes of our own lie outside -32768..-32000, which the protocol reserves
 * (requirement H20).
 */
export interface ErrorEntry {
  /** HTTP status where the error is answered before any stream has begun. */
  readonly status: number;
  /** JSON-RPC error code. */
  readonly rpc: number;
  readonly meaning: string;
}

export const errorTable = {
  parse_error: {
    status: 400,
    rpc: rpcCodes.parseError,
    meaning: 'The body is not one JSON value in UTF-8.',
  },
  invalid_request: {
    status: 400,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The body is JSON, but not a JSON-RPC message this endpoint accepts.',
  },
  batch_refused: {
    status: 400,
    rpc: rpcCodes.invalidRequest,
    meaning: 'A batch outside a session negotiated as 2025-03-26, or with more than one call.',
  },
  method_not_found: {
    status: 200,
    rpc: rpcCodes.methodNotFound,
    meaning: 'The method is not served here.',
  },
  invalid_params: {
    status: 200,
    rpc: rpcCodes.invalidParams,
    meaning: 'The parameters do not fit the method.',
  },
  invalid_meta: {
    status: 400,
    rpc: rpcCodes.invalidParams,
    meaning:
      'What each request without a session says of itself in `_meta` is missing or of a wrong type.',
  },
  unknown_tool: {
    status: 200,
    rpc: rpcCodes.invalidParams,
    meaning: 'No server behind this endpoint has it.',
  },
  unknown_prompt: {
    status: 200,
    rpc: rpcCodes.invalidParams,
    meaning: 'No server behind this endpoint has it.',
  },
  unknown_resource: {
    status: 200,
    rpc: rpcCodes.resourceNotFound,
    meaning: 'No server behind this endpoint has it; `data.uri` is what was asked for.',
  },
  missing_resource: {
    status: 200,
    rpc: rpcCodes.invalidParams,
    meaning: 'The same, told to clients without sessions.',
  },
  header_mismatch: {
    status: 400,
    rpc: rpcCodes.headerMismatch,
    meaning: 'A mirrored header disagrees with the body.',
  },
  unsupported_version: {
    status: 400,
    rpc: rpcCodes.unsupportedVersion,
    meaning: 'The protocol version is not served; `data.supported` lists the versions that are.',
  },
  missing_capability: {
    status: 400,
    rpc: rpcCodes.missingCapability,
    meaning:
      'The client has not declared a capability that this needs; `data.requiredCapabilities` names it.',
  },
  unsupported_media: {
    status: 415,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The content type, charset or content encoding of the body is not accepted.',
  },
  not_acceptable: {
    status: 406,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The Accept header admits neither application/json nor text/event-stream.',
  },
  body_too_large: {
    status: 413,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The body is larger than configured.',
  },
  headers_too_large: {
    status: 431,
    rpc: rpcCodes.invalidRequest,
    meaning: 'More request headers than can be checked one by one.',
  },
  method_not_allowed: {
    status: 405,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The HTTP method is not served here.',
  },
  session_required: {
    status: 400,
    rpc: rpcCodes.invalidRequest,
    meaning: 'This request needs Mcp-Session-Id.',
  },
  session_not_found: {
    status: 404,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The session is unknown, has ended or belongs to someone else: initialize again.',
  },
  forbidden_origin: {
    status: 403,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The Origin header is not allowed here.',
  },
  identity_required: {
    status: 403,
    rpc: rpcCodes.invalidRequest,
    meaning: 'No verified identity: put mcp-oauth or a Kong auth plugin on the route.',
  },
  handle_invalid: {
    status: 403,
    rpc: rpcCodes.invalidRequest,
    meaning: 'The aggregator was reached without a valid handle from mcp-aggregate.',
  },
  clock_skew: {
    status: 503,
    rpc: -31021,
    meaning:
      'The clocks of two nodes of the gateway differ by more than 30 s; the log of the gateway says which way.',
  },
  configuration_unknown: {
    status: 503,
    rpc: -31022,
    meaning:
      'The request came to a process of the gateway that does not have the configuration of its endpoint: it is just being changed, or the nodes have different ones.',
  },
  identity_too_large: {
    status: 503,
    rpc: -31023,
    meaning:
      'The claims of the caller’s token, over some 20 KiB, are too many to go with a request to another process of the gateway: have the authorization server leave some out, or run one worker.',
  },
  peer_gone: {
    status: 503,
    rpc: -31024,
    meaning:
      'Another node of the gateway keeps what the request is about, such as a call that waits, and is gone. A session is answered `session_not_found` instead.',
  },
  peer_unconfigured: {
    status: 503,
    rpc: -31025,
    meaning:
      'Another node of the gateway keeps what the request is about, and this one has no `KONG_MCP_PEER_ADDRESS` yet.',
  },
  loop_detected: {
    status: 508,
    rpc: -31014,
    meaning:
      'The request has been through a `route` server of this gateway and arrived at it again: that server leads to an endpoint, or its route to itself.',
  },
  misconfigured: {
    status: 500,
    rpc: rpcCodes.internalError,
    meaning:
      'The plugins of this route do not fit together; the log of the gateway says how to mend it.',
  },
  configuration_refused: {
    status: 503,
    rpc: -31020,
    meaning:
      'The plugin refuses the configuration of this route, so nothing is served here; the log of the gateway and `/status` say why.',
  },
  overloaded: { status: 503, rpc: -31003, meaning: 'A bound of this gateway is reached.' },
  upstream_unavailable: {
    status: 200,
    rpc: -31001,
    meaning: 'The server behind this name cannot be reached; `data` names it and its state.',
  },
  upstream_timeout: {
    status: 200,
    rpc: -31002,
    meaning: 'The server did not answer within its deadline; `data` names both.',
  },
  upstream_protocol: {
    status: 200,
    rpc: -31004,
    meaning: 'The server answered something that is not MCP; `data` names it.',
  },
  upstream_too_large: {
    status: 200,
    rpc: -31005,
    meaning: 'The answer of the server is larger than configured.',
  },
  circuit_open: {
    status: 200,
    rpc: -31010,
    meaning:
      'The server, or this tool of it, failed several times in a row and is left alone for a while; `data` names it, the state and when it is tried again.',
  },
  cancelled: { status: 200, rpc: -31006, meaning: 'The call was cancelled.' },
  ask_unanswered: {
    status: 200,
    rpc: -31007,
    meaning: 'Told to a server: the client it asked did not answer in time.',
  },
  capability_withheld: {
    status: 200,
    rpc: -31015,
    meaning:
      'The server needs to ask the client, and is not told what clients can do: only servers with `trusted` are.',
  },
  insufficient_scope: {
    status: 403,
    rpc: -31008,
    meaning: 'The token lacks a scope; `data.scopes` and the challenge name all that are needed.',
  },
  forbidden: {
    status: 403,
    rpc: -31009,
    meaning: 'A rule on claims denies the caller this operation; more scopes would not help.',
  },
  argument_denied: {
    status: 200,
    rpc: -31026,
    meaning:
      'A rule on arguments denies this value; `data.argument` names the argument, the message says why.',
  },
  guard_denied: {
    status: 200,
    rpc: -31027,
    meaning:
      'A guard of this endpoint denies the call or its result; `data.guard` names it, the message says why.',
  },
  guard_unavailable: {
    status: 200,
    rpc: -31028,
    meaning:
      'A guard that has to be asked gives no usable answer, and calls do not pass without; `data.guard` names it.',
  },
  subscription_limit: {
    status: 200,
    rpc: -31012,
    meaning: 'The session, the caller or the gateway has as many subscriptions as it may have.',
  },
  internal: {
    status: 500,
    rpc: rpcCodes.internalError,
    meaning: 'A fault of this gateway; see its log.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** Stable name of a failure; never branch on message text. */
export type ErrorCode = keyof typeof errorTable;

/** A failure that a client is told about. `data` must hold nothing secret. */
export class McpError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, data?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'McpError';
    this.code = code;
    this.data = data;
  }

  /** HTTP status for an answer given before any stream has begun. */
  get status(): number {
    return errorTable[this.code].status;
  }

  /** JSON-RPC error code. */
  get rpc(): number {
    return errorTable[this.code].rpc;
  }
}

/** The plugin's configuration cannot work; thrown when the plugin starts. */
export class ConfigError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.name = 'ConfigError';
    this.field = field;
  }
}
