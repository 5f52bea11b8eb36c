/** What is compared: a gateway.sh, and the environment that makes a variant of it. */
export interface GatewayKind {
  readonly name: string;
  readonly title: string;
  /** Folder of its gateway.sh; default: its name. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly note?: string;
  /** A route to one server: no sessions, no list of all, nothing to grow. */
  readonly plain?: boolean;
}

/** In the order of the page. */
export const gatewayKinds: readonly GatewayKind[] = [
  {
    name: 'plain-kong',
    title: 'plain Kong route',
    note: 'no plugin, one server, no session: what Kong itself costs',
    plain: true,
  },
  { name: 'ours', title: 'ours, on Kong', note: 'both plugins, each request with a JWT' },
  {
    name: 'ours-workers',
    title: 'ours, on Kong, a worker for each core',
    script: 'ours',
    env: { BENCH_PLUGIN_WORKERS: 'auto' },
    note: 'the same with `--workers auto`',
  },
  {
    name: 'ours-direct',
    title: 'ours, on Kong, direct calls',
    script: 'ours',
    env: { BENCH_DIRECT: '1' },
    note: 'the same with `direct: true`: Kong proxies calls to the servers itself',
  },
  {
    name: 'ours-functions',
    title: 'ours, on Kong, fewer calls',
    script: 'ours',
    env: { BENCH_FUNCTIONS: '1' },
    note: 'the same with the function of `kong-mcp functions` and its line of `kong.conf`',
  },
  {
    name: 'ours-direct-functions',
    title: 'ours, on Kong, direct, fewer calls',
    script: 'ours',
    env: { BENCH_DIRECT: '1', BENCH_FUNCTIONS: '1' },
    note: 'both of these',
  },
  {
    name: 'ours-on-standin',
    title: 'ours, on the stand-in',
    note: 'the same without Kong, for development',
  },
  { name: 'agentgateway', title: 'agentgateway', note: 'no login' },
  { name: 'envoy-ai-gateway', title: 'Envoy AI Gateway', note: 'no login, as it comes' },
  {
    name: 'envoy-ai-gateway-tuned',
    title: 'Envoy AI Gateway, tuned',
    script: 'envoy-ai-gateway',
    env: { BENCH_SESSION_ITERATIONS: '1' },
    note: 'no login; one round of key derivation per session id where 100,000 are the default',
  },
  { name: 'kuadrant', title: 'Kuadrant mcp-gateway', note: 'no login; Envoy with its ext_proc' },
  { name: 'toolhive', title: 'ToolHive vMCP', note: 'no login' },
  { name: 'fastmcp', title: 'FastMCP proxy', note: 'no login; a proxy of each server, mounted' },
  { name: 'contextforge', title: 'ContextForge', note: 'with its own token, SQLite' },
];
