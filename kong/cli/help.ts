/** What `kong-mcp --help` prints. */
export const help = `kong-mcp: MCP servers behind Kong

Usage:
  kong-mcp import FILE [options]   translate an mcpServers document (as MCP clients use it)
                                   into kong.yml and the operator's stdio file
  kong-mcp validate FILE...        check kong.yml, kong.conf, mcpServers documents and the operator's
                                   stdio file, offline, each finding with what mends it; ends with 1
                                   where there is an error (--strict: or a warning); --json
  kong-mcp openapi FILE [options]  write what serves an OpenAPI document as tools, and say what each of
                                   its operations became, and why others did not
  kong-mcp functions               print the function of Kong's own pre-function with which the plugins
                                   need fewer calls to Kong, as YAML for their route
  kong-mcp pin [options]           write the lockfile of a running server: its definitions, to be reviewed
                                   and named by \`pin_lockfile\`; ends with 1 where --diff differs
  kong-mcp direct                  print the functions of Kong's own plugins that servers with
                                   \`direct\` need on their route, as YAML; the function above among them
  kong-mcp revoke [options]        end a token, or all that a user was given so far, at every worker and
                                   node that shares the Redis of \`redis\`
  kong-mcp provider FILE           what to enter at the authorization server (client, redirect URIs,
                                   audience, scopes) for each facade of a kong.yml, and the
                                   paths of its Route
  kong-mcp watch FILE [options]    keep a running Kong in step with an mcpServers document (JSON,
                                   YAML, TOML) or a kong.yml, by its Admin API; what is wrong is
                                   said, and the last good one stays
  kong-mcp controller [options]    keep Kong in step with the MCPServer and MCPGateway resources of a
                                   Kubernetes cluster, and say in their status how they do
  kong-mcp doctor [options]        look at a running set-up, changing nothing; findings, ends and
                                   --json, --strict as for validate

Options of import:
  --out DIR                   where to write; default the current directory
  --force                     replace files that exist
  --resource URL              the endpoint's address as clients call it, and
  --authorization-server URL  the issuer whose tokens it accepts: protect it with mcp-oauth
  --anonymous                 serve everyone, without any credential
                              Without any of these, add a Kong authentication plugin yourself.

Options of watch; and --resource, --authorization-server, --anonymous as for import:
  --kong URL                  Kong's Admin API; default http://127.0.0.1:8001
  KONG_MCP_ADMIN_TOKEN        what is sent to be let in there, in the header that
  KONG_MCP_ADMIN_TOKEN_HEADER names (default Kong-Admin-Token); or
  KONG_MCP_ADMIN_TOKEN_FILE   a file that holds it
  --base FILE                 a kong.yml that the endpoint is put beside, watched as well: a Kong
                              without a database is given all that it serves at once
  --stdio-file FILE           the plugin server's: its commands may be named
  --tag TAG                   on what is written, by which it is known again; default kong-mcp
  --resync SECONDS            how often to look whether Kong still serves it; default 10
  --once                      apply once, say what changed, and end: 0, or 1 where it failed

Options of openapi:
  --name NAME                 of the server; default the name of the file
  --route PATH                of the route that lets in this gateway alone; default /internal/NAME
  --service URL               of the API, with the path that comes before those of the document
  --include PATTERN           operations: an operationId, METHOD /path, or tag:TAG; * stands for any
                              text; may be repeated. Default: all that read (GET and HEAD)
  --writing                   writing operations too, of tags and without --include
  --out FILE, --force         where to write; default NAME.kong.yml; replace it
  --diff FILE|URL             write nothing; say what differs from an older document, or from what a
                              running endpoint lists (--token-file FILE: with this access token)

Options of pin:
  --url URL                   of the server (or endpoint), or
  --stdio NAME                of an entry of --stdio-file FILE, an mcpServers document
  --token-env VARIABLE        an access token, by the name of an environment variable
  --header-env NAME=VARIABLE  a header, likewise; may be repeated
  --transport sse, --ca-file FILE   as in \`servers[]\`
  --out FILE                  the lockfile; default pins.lock.json
  --diff                      write nothing; say what differs from the lockfile
  --keep                      keep entries of what is not listed: where each caller sees other items
  --digests-only              without the texts that the digests are of

Options of revoke:
  --redis URL                 redis://HOST:PORT/DATABASE, rediss:// for TLS; with a user name if needed
  --redis-password-file FILE  its password
  --prefix TEXT               as \`redis.prefix\`; default kong-mcp
  --token-file FILE           the token to revoke, or
  --issuer URL --subject ID   whose tokens, sessions and streams end, or
  --consumer ID               the Kong consumer whose sessions and streams end
  --for SECONDS               how long what is revoked could be valid; default 86400

Options of controller:
  --kubeconfig FILE, --context NAME  which cluster; default KUBECONFIG, ~/.kube/config or that of the pod
  --namespace NAME            only this namespace; may be repeated. Default: all
  --kong-admin URL            the Admin API of a Kong that gets its endpoints from here. Default:
                              KongPlugins for Kong's ingress controller
  --kong-admin-token-file FILE  a token for it
  --base FILE                 what else a Kong without database serves: a kong.yml
  --operations URL            operations listeners of the plugin servers, all behind the name; may be
                              repeated
  --poll-seconds N            how often those are asked; default 5
  --cluster-domain DOMAIN     put after names of Services; default none: the resolver completes them
  --health, --metrics HOST:PORT|off  default 0.0.0.0:8081 and 0.0.0.0:8082
  --lease-namespace NAME, --lease-seconds N, --no-leader-election
                              where and for how long one of several controllers leads; default the
                              namespace of the pod, 15

Options of doctor; each names something to look at:
  --conf FILE                 kong.conf (or KONG_* variables): plugins, socket and its rights,
                              description files, who answers at the socket, body buffers
  --operations URL            the plugin server's operations listener: refused configurations,
                              servers that cannot be reached
  --endpoint URL              an endpoint as clients call it: 401, metadata, issuers, tools/list;
                              may be repeated
  --token-file FILE           an access token, to list the tools with
  --kong COMMAND              ask COMMAND for Kong's version, or
  --admin-api URL             the Admin API

  --help                      this text
`;
