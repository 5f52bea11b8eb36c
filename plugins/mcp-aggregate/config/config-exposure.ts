import { ConfigError } from '../../../lib/errors/errors.js';
import type { ServerKongConfig } from '../../../schema/mcp-aggregate.js';
import type { ExposureRules, ToolOverride } from '../core/items/exposure.js';
import { readLoggedArguments } from './tools/argument-log.js';
import { readOwnArguments } from './tools/own-arguments.js';
import type { NameRules } from '../core/items/name-filter.js';

/** What is shown of a server, and under which names. */
export interface ExposureConfig extends ExposureRules {
  /** Whether resource URIs stay as the server gives them. */
  readonly plainUris: boolean;
}

const prefixPattern = /^[A-Za-z0-9_.-]{0,64}$/;

/** @throws ConfigError naming the field */
export function readExposure(server: ServerKongConfig, field: string): ExposureConfig {
  const prefix = server.prefix ?? `${server.name}__`;
  if (!prefixPattern.test(prefix)) {
    throw new ConfigError(`${field}.prefix`, 'only A-Z a-z 0-9 _ . - are allowed, 64 at most');
  }
  return {
    name: server.name,
    prefix,
    tools: readRules(server.tools),
    prompts: readRules(server.prompts),
    resources: readRules(server.resources),
    overrides: readOverrides(server, field),
    plainUris: server.uri_mapping === 'none',
  };
}

/** Kong leaves out, or sends as null, what is not configured. */
function readRules(rules: Partial<NameRules> | null | undefined): NameRules {
  return { allow: rules?.allow ?? [], deny: rules?.deny ?? [] };
}

function readOverrides(
  { tools }: ServerKongConfig,
  field: string,
): ReadonlyMap<string, ToolOverride> {
  const overrides = new Map<string, ToolOverride>();
  for (const override of tools?.overrides ?? []) {
    const { name, rename, description } = override;
    if (overrides.has(name)) {
      throw new ConfigError(`${field}.tools.overrides`, `two are for the tool ${name}`);
    }
    const own = `${field}.tools.overrides[${name}]`;
    overrides.set(name, {
      rename: rename ?? undefined,
      description: description ?? undefined,
      arguments: readOwnArguments(own, override),
      logged: readLoggedArguments(own, override),
    });
  }
  return overrides;
}
