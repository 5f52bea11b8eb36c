import { stringify } from 'yaml';
import type { Selector } from '../../../plugins/mcp-aggregate/core/openapi/tools/selection.js';

export interface FragmentParts {
  readonly name: string;
  readonly route: string;
  /** URL of the API; absent where it is to be filled in. */
  readonly service: string | undefined;
  /** Name of the document in the operator's folder. */
  readonly file: string;
  readonly include: readonly Selector[];
}

/** What is added to kong.yml: the Service with its Route for the gateway alone, and the server. */
export function fragmentText({ name, route, service, file, include }: FragmentParts): string {
  const internal = { name: 'mcp-aggregate', config: { mode: 'internal' } };
  const services = [
    {
      name,
      url: service ?? `http://${name}.internal`,
      routes: [{ name: `${name}-internal`, paths: [route], plugins: [internal] }],
    },
  ];
  const selected = include.length === 0 ? {} : { include };
  const server = { name, route: { path: route }, openapi: { file, ...selected } };
  const yaml = (value: unknown) => stringify(value, { lineWidth: 100 });
  const entry = yaml([server]).replace(/^/gm, '#   ').replace(/#\s+$/, '');
  return [
    '# Add this Service, or its Route to the Service of the API that you have.',
    yaml({ services }),
    '# And to the endpoint, in the configuration of mcp-aggregate:',
    '# servers:',
    entry,
  ].join('\n');
}
