import { McpError } from '../../../../lib/errors/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { keyTable, protocolMembers } from '../../../../lib/json/protocol-keys.js';
import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { ownTools } from '../../../../lib/protocol/own-tools.js';
import { searchBounds } from './own-definitions.js';
import type { Search } from './tool-search.js';

const keys = keyTable('query limit');
/** Of the longest query, each character written as an escape. */
const mostBytes = 6 * searchBounds.queryLength + 2;

/**
 * What a call of `search_tools` asks for.
 * @param bytes that `params` was read from
 * @throws McpError `invalid_params`; `invalid_request` where parsers could differ
 */
export function readSearch(bytes: Buffer, params: ParamsEnvelope): Search {
  const given = findMember(params.members, 'arguments');
  if (given?.kind !== 'object') throw wrong('needs arguments: {"query": …}');
  const members = protocolMembers(bytes, given.value, keys, 'the arguments of search_tools');
  if (members.some(({ key }) => key !== 'query' && key !== 'limit')) {
    throw wrong('has query and limit only');
  }
  return {
    query: readQuery(bytes, findMember(members, 'query')),
    limit: readLimit(bytes, findMember(members, 'limit')),
  };
}

function readQuery(bytes: Buffer, member: Member | undefined): string {
  const { queryLength: most } = searchBounds;
  if (member?.kind !== 'string') throw wrong('needs query, a text');
  const { start, end } = member.value;
  const query = end - start > mostBytes ? undefined : decodeString(bytes, member.value);
  if (query === undefined || query.length > most) {
    throw wrong(`has a query of more than ${most} characters: say it shorter`);
  }
  return query;
}

/** More than the most is as the most. */
function readLimit(bytes: Buffer, member: Member | undefined): number {
  if (member === undefined) return searchBounds.usualResults;
  const { start, end } = member.value;
  const limit = member.kind === 'number' ? Number(bytes.toString('latin1', start, end)) : 0;
  if (!Number.isInteger(limit) || limit < 1) throw wrong('needs limit as a whole number from 1 on');
  return Math.min(limit, searchBounds.results);
}

function wrong(what: string): McpError {
  return new McpError('invalid_params', `${ownTools.search} ${what}`);
}
