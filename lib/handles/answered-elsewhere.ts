/**
 * Stands in place of mcp-oauth's handle where that plugin answers the request itself, by a target of
 * its own: it is no call of MCP, and mcp-aggregate leaves it alone.
 */
export const answeredElsewhere = 'answered-elsewhere';
