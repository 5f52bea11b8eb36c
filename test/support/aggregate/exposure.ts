import { Exposure } from '../../../plugins/mcp-aggregate/core/items/exposure.js';
import type { ExposureRules } from '../../../plugins/mcp-aggregate/core/items/exposure.js';
import { UriSpace } from '../../../plugins/mcp-aggregate/core/uris/uri-space.js';

const everything = { allow: [], deny: [] };

/** What is shown of a server, all of it unless told otherwise. */
export function exposureOf(
  over: Partial<ExposureRules> & { readonly name: string },
  uris = new UriSpace([{ name: over.name, plainUris: false }]),
): Exposure {
  const rules = {
    prefix: `${over.name}__`,
    tools: everything,
    prompts: everything,
    resources: everything,
    overrides: new Map(),
  };
  return new Exposure({ ...rules, ...over }, uris);
}
