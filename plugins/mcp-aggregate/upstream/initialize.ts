import { decodeString, findMember, objectMembers } from '../../../lib/json/members.js';
import type { Member, RawJson } from '../../../lib/json/types.js';
import { version } from '../../../lib/version.js';
import type { ServerConfig } from '../config.js';
import { answerOf } from './answer.js';
import type { CallScope } from './call-scope.js';
import type { Exchange } from './exchange.js';
import { protocolBroken } from './failures.js';
import type { Peer } from './peer.js';

/** Revisions with sessions that we speak, the one we offer first (requirement H32). */
const streamable = ['2025-11-25', '2025-06-18', '2025-03-26'];
/** 2024-11-05 had the same pipes, but another HTTP transport. */
const accepted = { url: streamable, stdio: [...streamable, '2024-11-05'] };

const [head = '', tail = ''] = JSON.stringify({
  protocolVersion: streamable[0],
  capabilities: '*',
  clientInfo: { name: 'kong-plugin-mcp', version },
}).split('"*"');
const noCapabilities = Buffer.from('{}');

/** What a server said of itself. */
export interface Introduction {
  readonly revision: string;
  readonly logging: boolean;
}

/**
 * Sends `initialize` and answers the revision the server chose and what it can do. `notifications/initialized` is the
 * caller's to send, since only it knows the headers that go with it.
 * @param capabilities none on a line that many share: there nothing keeps their questions apart (D13)
 * @throws McpError `upstream_*`
 */
export async function initialize(
  server: ServerConfig,
  peer: Peer,
  scope: CallScope,
  send: (exchange: Exchange) => Promise<void>,
  capabilities: RawJson = noCapabilities,
): Promise<Introduction> {
  const params = Buffer.concat([Buffer.from(head), capabilities, Buffer.from(tail)]);
  const exchange = peer.begin('initialize', params);
  const remove = scope.onEnd((reason) => exchange.fail(reason));
  try {
    await send(exchange);
    const result = await answerOf(server.name, 'initialize', exchange.events());
    const members = objectMembers(result, { start: 0, end: result.length });
    return {
      revision: revisionOf(server, result, members),
      logging: can(result, members, 'logging'),
    };
  } finally {
    remove();
    exchange.end();
  }
}

function can(result: RawJson, members: readonly Member[], capability: string): boolean {
  const capabilities = findMember(members, 'capabilities');
  if (capabilities?.kind !== 'object') return false;
  return findMember(objectMembers(result, capabilities.value), capability) !== undefined;
}

function revisionOf(server: ServerConfig, result: RawJson, members: readonly Member[]): string {
  const found = findMember(members, 'protocolVersion');
  const revision = found?.kind === 'string' ? decodeString(result, found.value) : '';
  if (accepted[server.kind].includes(revision)) return revision;
  const named = /^\d{4}-\d\d-\d\d$/.test(revision) ? `revision ${revision}` : 'an unnamed revision';
  throw protocolBroken(
    server.name,
    `answered initialize with ${named} of the protocol; this gateway speaks ${accepted[server.kind].join(', ')}`,
  );
}
