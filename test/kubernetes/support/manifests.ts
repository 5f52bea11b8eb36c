/** Resources as a person writes them. */

export const group = 'kong-mcp.dev/v1alpha1';

export const server = (
  name: string,
  spec: object = { url: `http://${name}.example/mcp` },
  namespace = 'tools',
) => ({
  apiVersion: group,
  kind: 'MCPServer',
  metadata: { name, namespace },
  spec,
});

export const gateway = (name = 'main', spec: object = {}, namespace = 'tools') => ({
  apiVersion: group,
  kind: 'MCPGateway',
  metadata: { name, namespace },
  spec: { aggregate: { anonymous: true }, ...spec },
});

export const credential = (
  name: string,
  stringData: Readonly<Record<string, string>>,
  namespace = 'tools',
) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels: { 'kong-mcp.dev/credential': 'true' } },
  data: Object.fromEntries(
    Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});
