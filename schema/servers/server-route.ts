import { boolean, record, string } from '../fields.js';
import { originRules } from '../rules/addresses.js';

const otherPaths = ['//', '/%.%.?/', '/%.%.?$'].map((pattern) => ({
  pattern,
  err: 'must not hold //, /./ or /../: Kong would match another path',
}));

/** A server that is reached back through Kong. */
export const serverRoute = record(
  {
    path: string({
      required: true,
      len_min: 2,
      len_max: 1024,
      match: '^/[%w/._~-]*$',
      match_none: otherPaths,
      description:
        'Path of the route, as Kong matches it. The route needs mcp-aggregate with `mode: internal`, and the MCP server as its Service; of a REST API, paths follow this one.',
    }),
    message_path: string({
      len_min: 2,
      len_max: 1024,
      match: '^/[%w/._~-]*$',
      match_none: otherPaths,
      description:
        'Path at which Kong leads messages to a server of the HTTP+SSE transport (`transport: sse`), as Kong matches it; of the address that the server itself names only the query is taken. Default `path`.',
    }),
    host: string({
      len_min: 1,
      len_max: 253,
      match: '^[%w.:-]+$',
      description:
        'Value of `Host`, for a route with `hosts`, and name in the TLS handshake; default that of `kong_url`.',
    }),
    internal: boolean({
      default: true,
      description:
        'Whether the route lets in this gateway alone. `false` is for a REST API (`openapi`) whose route has other callers too, and authentication of its own: the gateway is then a client like any other, and says nothing of who calls.',
    }),
    kong_url: string({
      match: '^https?://[^%s/?#@]+$',
      match_none: originRules,
      description:
        "Origin of Kong's proxy, which must use this plugin server or one with the same KONG_MCP_SEALING_KEY; default KONG_MCP_KONG_URL of the plugin server, else `http://127.0.0.1:8000`.",
    }),
  },
  {
    description:
      "Reach the server back through a route of this Kong, so that Kong's own load balancing, health checks, credentials, mTLS, limits and logs apply to it.",
  },
);
