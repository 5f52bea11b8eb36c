import { ConfigError } from '../../../lib/errors/errors.js';
import { variablesIn } from '../../../lib/mcp-servers/variables.js';

/** How a header's value reaches Kong. */
export interface HeaderReference {
  /** What stands in kong.yml. */
  readonly value: string;
  /** The environment variable Kong reads, and the text it is made of; absent for a plain value. */
  readonly variable?: { readonly name: string; readonly template: string };
}

const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const whole = /^\$\{(?:env:)?([A-Z_][A-Z0-9_]*)\}$/;

/**
 * Turns variables of a header value into a reference to Kong's environment vault. Such a reference
 * is always the whole value, in upper case, so anything more gets a variable of its own.
 * @throws ConfigError naming `field`, for a value or variable that cannot be used
 */
export function headerReference(
  server: string,
  header: string,
  value: string,
  field: string,
): HeaderReference {
  if (!headerValue.test(value)) throw new ConfigError(field, 'holds a control character');
  if (variablesIn(value, field).length === 0) return { value };
  const template = value.replaceAll('${env:', '${');
  const name = whole.exec(value)?.[1] ?? `MCP_${server}_${header}`.replace(/[^A-Za-z0-9]/g, '_');
  const variable = { name: name.toUpperCase(), template };
  return { value: `{vault://env/${variable.name.toLowerCase()}}`, variable };
}
