/**
 * How two clients were seen to open (Claude Code 2.1.317, Codex 0.154 and 0.165): the messages as
 * they send them by HTTP. Neither asks for what the other era has.
 */

const claudeCapabilities = { roots: {}, elicitation: { form: {}, url: {} } };
const claudeInfo = {
  name: 'claude-code',
  title: 'Claude Code',
  version: '2.1.317',
  websiteUrl: 'https://claude.com/claude-code',
};

export const modernRevision = '2026-07-28';

/** What Claude Code has in `_meta` of each request to a modern server. */
const claudeMeta = {
  'io.modelcontextprotocol/protocolVersion': modernRevision,
  'io.modelcontextprotocol/clientInfo': claudeInfo,
  'io.modelcontextprotocol/clientCapabilities': claudeCapabilities,
};

export interface Recorded {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A request of Claude Code's to a modern server, `server/discover` being the first of all. */
export function claudeModern(method: string, params: Record<string, unknown> = {}): Recorded {
  const name = (params['name'] ?? params['uri']) as string | undefined;
  return {
    method,
    params: { ...params, _meta: claudeMeta },
    headers: {
      'mcp-protocol-version': modernRevision,
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
    },
  };
}

/** What it opens with where it was refused. */
export const claudeInitialize: Recorded = {
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: claudeCapabilities,
    clientInfo: claudeInfo,
  },
  headers: {},
};

/** Codex has told of its forms in the shape of the next revision, and in that of its own. */
export const codexInitialize = (elicitation: object): Recorded => ({
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: { elicitation },
    clientInfo: { name: 'codex-mcp-client', title: 'Codex', version: '0.165.0' },
  },
  headers: {},
});
