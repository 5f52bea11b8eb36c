import { ConfigError } from '../../../../lib/errors/errors.js';

/**
 * Reads `protocol_versions`, newest first; all of `known` where none is configured.
 * @param field names it in errors
 * @throws ConfigError for versions among which is one that is not known
 */
export function readVersions(
  field: string,
  configured: readonly string[] | null | undefined,
  known: readonly string[],
): readonly string[] {
  if (!configured || configured.length === 0) return known;
  const unknown = configured.find((version) => !known.includes(version));
  if (unknown === undefined) return known.filter((version) => configured.includes(version));
  throw new ConfigError(field, `${unknown} is none of the versions spoken: ${known.join(', ')}`);
}
