import { ConfigError } from '../../../../lib/errors/errors.js';
import { refuseTwins } from '../../../../plugins/mcp-aggregate/config/refuse-twins.js';
import type { Candidate } from '../resolve/resolve-server.js';
import { unaccepted } from '../resolve/problem.js';
import type { Problem } from '../resolve/problem.js';

/** Kong's schema takes no more. */
export const mostServers = 256;

const named = ({ name, config }: Candidate) => ({
  name,
  prefix: (config['prefix'] as string | undefined) ?? `${name}__`,
  plainUris: config['uri_mapping'] === 'none',
});

function refusal(candidates: readonly Candidate[], mayOverlap: boolean): string | undefined {
  try {
    refuseTwins(candidates.map(named), mayOverlap);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/**
 * Why `candidate` cannot be served beside those that came first, by the plugin's own rule: who came
 * first stays.
 */
export function conflictOf(
  accepted: readonly Candidate[],
  candidate: Candidate,
  mayOverlap: boolean,
): Problem | undefined {
  if (accepted.length >= mostServers) {
    const message = `the gateway has ${mostServers} servers already, and no more is possible: make another MCPGateway`;
    return unaccepted('TooManyServers', message);
  }
  const why = refusal([...accepted, candidate], mayOverlap);
  if (why === undefined) return undefined;
  const rival = accepted.find((one) => refusal([one, candidate], mayOverlap) !== undefined);
  const message = `${why.replace(/^servers:? /, '')}: MCPServer ${rival?.key ?? ''} came first and stays; set another spec.name or spec.prefix`;
  return unaccepted('Conflict', message);
}
