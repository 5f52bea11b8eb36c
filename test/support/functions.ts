import { fewerCalls } from '../../kong/direct/fewer-calls.js';

/** Whether the gateways of this run have the function of `kong-mcp functions`: `MCP_FUNCTIONS=1`. */
export const functionsOfRun = process.env['MCP_FUNCTIONS'] === '1';

/** What it needs in kong.conf. */
export const functionsConf = { untrusted_lua_sandbox_environment: 'setmetatable' } as const;

type Members = Readonly<Record<string, unknown>>;

/** The document with the function wherever one of our plugins stands. */
export function withFunctions(document: Members): Members {
  return { ...withIn(document), ...owners(document, 'services'), ...owners(document, 'routes') };
}

function owners(document: Members, name: 'services' | 'routes'): Members {
  const list = document[name] as readonly Members[] | undefined;
  if (list === undefined) return {};
  return { [name]: list.map((one) => ({ ...withIn(one), ...owners(one, 'routes') })) };
}

function withIn(owner: Members): Members {
  const plugins = owner['plugins'] as readonly Members[] | undefined;
  if (!plugins?.some(({ name }) => /^mcp-/.test(String(name)))) return owner;
  const there = plugins.find(({ name }) => name === 'pre-function');
  if (there === undefined) {
    const pre = { name: 'pre-function', config: { access: [fewerCalls] } };
    return { ...owner, plugins: [...plugins, pre] };
  }
  const config = there['config'] as { readonly access?: readonly string[] };
  const { access = [] } = config;
  if (access.includes(fewerCalls)) return owner;
  const pre = { ...there, config: { ...config, access: [fewerCalls, ...access] } };
  return { ...owner, plugins: plugins.map((one) => (one === there ? pre : one)) };
}
