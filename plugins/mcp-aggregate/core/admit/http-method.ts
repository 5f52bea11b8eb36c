import { McpError } from '../../../../lib/errors/errors.js';
import { classify } from '../../../../lib/protocol/classify.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { negotiable } from '../capabilities/initialize.js';

const ofSessions = ['GET', 'POST', 'DELETE'];
const withoutSessions = ['POST'];

/**
 * Lets in the HTTP methods of the client's era: without sessions there is nothing to GET or to DELETE
 * (requirement H1).
 * @param served the versions that clients are served
 * @throws McpError `method_not_allowed`, with those that are in `data.allow`
 */
export function checkHttpMethod(
  headers: HeaderRecord,
  httpMethod: string,
  served: readonly string[],
): void {
  if (httpMethod === 'POST') return;
  const era = classify(headers, undefined);
  const modern = era.era === 'modern' && served.includes(era.version);
  const allow = modern || negotiable(served).length === 0 ? withoutSessions : ofSessions;
  if (allow.includes(httpMethod)) return;
  throw new McpError('method_not_allowed', `served here: ${allow.join(', ')}`, { allow });
}

/** The value of `Allow` of such a refusal. */
export function allowOf({ data }: McpError): string {
  return (data?.['allow'] as readonly string[] | undefined)?.join(', ') ?? '';
}
