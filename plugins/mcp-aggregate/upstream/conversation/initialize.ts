import { hash } from 'node:crypto';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import { version } from '../../../../lib/version.js';
import type { ServerConfig } from '../../config/config.js';
import { subscribing } from '../../core/items/item-kinds.js';
import type { ServerSaid } from '../../core/calls/upstream-port.js';
import { AnsweredError, answerOf } from './answer.js';
import type { CallScope } from '../call/call-scope.js';
import type { Exchange } from './exchange.js';
import { protocolBroken } from '../failure/failures.js';
import type { Peer } from './peer.js';
import { modernRevisions } from '../../../../lib/protocol/revisions.js';

const clientInfo = JSON.stringify({ name: 'kong-plugin-mcp', version });
/** What is read of the result, and of the objects in it. */
const introducing = ['capabilities', 'serverInfo', 'protocolVersion', 'instructions'];
const declaring = [
  ...['tools', 'prompts', 'resources', 'logging', 'completions', 'tasks', 'experimental'],
  ...['listChanged', 'subscribe', 'name', 'version'],
];
const longestSaid = 128;
const longestInstructions = 65_536;
const noCapabilities = Buffer.from('{}');

/** What a server said of itself. */
export interface Introduction {
  readonly revision: string;
  readonly said: ServerSaid;
  /** Names of its capabilities; `resources.subscribe` among them where it declared that. */
  readonly offered: ReadonlySet<string>;
}

/**
 * Sends `initialize` and answers what the server chose. A server that refuses the offered revision
 * and names one that we speak is offered that, once. `notifications/initialized` is the caller's to
 * send, since only it knows the headers that go with it.
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
  const [offered, ...others] = sessionVersions(server);
  try {
    return await attempt(offered!);
  } catch (error) {
    const supported = error instanceof AnsweredError ? error.supported : [];
    const other = others.find((one) => supported.includes(one));
    if (other === undefined || scope.reason) throw error;
    return await attempt(other);
  }

  function attempt(revision: string): Promise<Introduction> {
    const said = `{"protocolVersion":"${revision}","capabilities":${capabilities.toString()},"clientInfo":${clientInfo}}`;
    return introduce(server, peer, scope, send, Buffer.from(said));
  }
}

async function introduce(
  server: ServerConfig,
  peer: Peer,
  scope: CallScope,
  send: (exchange: Exchange) => Promise<void>,
  params: RawJson,
): Promise<Introduction> {
  const exchange = peer.begin('initialize', params);
  const remove = scope.onEnd((reason) => exchange.fail(reason));
  try {
    await send(exchange);
    const result = await answerOf(server.name, 'initialize', exchange.events());
    const members = lastNamed(result, { start: 0, end: result.length }, ...introducing);
    const declared = declaredIn(result, members);
    const revision = revisionOf(server, result, members);
    return {
      revision,
      said: {
        ...saidIn(result, findMember(members, 'serverInfo')),
        revision,
        instructions: server.pins && instructionsIn(result, members),
      },
      offered: offeredIn(result, declared),
    };
  } finally {
    remove();
    exchange.end();
  }
}

/** The capabilities that the server has, of a result with `capabilities` among these members. */
export function declaredIn(result: RawJson, members: readonly Member[]): readonly Member[] {
  return within(result, findMember(members, 'capabilities')).filter(({ kind }) => kind !== 'null');
}

/** What is left where a conversation can have nothing of its own at the server. */
export function withoutSubscribing(offered: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...offered].filter((name) => name !== subscribing));
}

/** Names of the capabilities, as in `Introduction`. */
export function offeredIn(result: RawJson, declared: readonly Member[]): ReadonlySet<string> {
  const offered = new Set(declared.map(({ key }) => key));
  if (declares(result, declared, 'resources', 'subscribe')) offered.add(subscribing);
  return offered;
}

/** Its name and version, for operators: cut to what a page can show, and never relied on. */
export function saidIn(
  result: RawJson,
  member: Member | undefined,
): { name: string; version: string } {
  const info = within(result, member);
  const text = (key: string) => {
    const found = findMember(info, key);
    return found?.kind === 'string' ? decodeString(result, found.value).slice(0, longestSaid) : '';
  };
  return { name: text('name'), version: text('version') };
}

/**
 * What the server tells models of itself, of a result with `instructions` among these members; of a
 * long text what comes first, and a digest by which any other is told from it.
 */
export function instructionsIn(result: RawJson, members: readonly Member[]): string | undefined {
  const found = findMember(members, 'instructions');
  if (found?.kind !== 'string') return undefined;
  const text = decodeString(result, found.value);
  if (text.length <= longestInstructions) return text;
  return `${text.slice(0, longestInstructions)}… ${hash('sha256', JSON.stringify(text), 'base64')}`;
}

/** Whether the capability says that it does this. */
function declares(result: RawJson, declared: readonly Member[], key: string, does: string) {
  const said = findMember(within(result, findMember(declared, key)), does);
  return said?.kind === 'boolean' && result[said.value.start] === 0x74;
}

function within(result: RawJson, member: Member | undefined): readonly Member[] {
  return member?.kind === 'object' ? lastNamed(result, member.value, ...declaring) : [];
}

/**
 * Versions with sessions that this server is spoken to in, the one that is offered first (requirement
 * H32). 2024-11-05 had another HTTP transport, but servers answer it over this one.
 */
function sessionVersions({ versions }: ServerConfig): readonly string[] {
  return versions.filter((version) => !modernRevisions.includes(version));
}

function revisionOf(server: ServerConfig, result: RawJson, members: readonly Member[]): string {
  const found = findMember(members, 'protocolVersion');
  const revision = found?.kind === 'string' ? decodeString(result, found.value) : '';
  const accepted = sessionVersions(server);
  if (accepted.includes(revision)) return revision;
  const named = /^\d{4}-\d\d-\d\d$/.test(revision) ? `revision ${revision}` : 'an unnamed revision';
  throw protocolBroken(
    server.name,
    `answered initialize with ${named} of the protocol; this gateway speaks ${accepted.join(', ')}`,
  );
}
