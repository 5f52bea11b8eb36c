const marker = Symbol.for('kong-plugin-mcp.host');
const variable = 'KONG_MCP_OAUTH_ALLOW_FAIL_OPEN';
const consent = 'yes-requests-may-pass-unauthenticated';

/**
 * Refuses hosts under which Kong would let requests through once this process dies or throws, as it
 * does with MsgPack:1 servers (design D1).
 * @throws Error saying what to run instead
 */
export function requireFailClosedHost(
  host: unknown = (globalThis as Readonly<Record<symbol, unknown>>)[marker],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (host === 'protobuf' || environment[variable] === consent) return;
  throw new Error(
    'mcp-oauth protects nothing under this plugin server: Kong would proxy requests unauthenticated ' +
      `when it fails. Run kong-mcp-pluginserver instead, or accept that with ${variable}=${consent}.`,
  );
}
