import { McpError } from '../../../../lib/errors/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

const actions: ReadonlySet<string> = new Set(['accept', 'decline', 'cancel']);

/**
 * A client's answer to a question that was put by `input_required`, as it stands.
 * @param key of the question
 * @throws McpError `invalid_params` where it is no result of the question's method
 */
export function checkedAnswer(key: string, method: string, raw: RawJson): RawJson {
  if (isResultOf(method, raw)) return raw;
  const shown = key.slice(0, 64);
  throw new McpError('invalid_params', `inputResponses: "${shown}" is no result of ${method}`);
}

const questions = ['elicitation/create', 'roots/list', 'sampling/createMessage'];

/** The method whose result an answer can be that answers no known question. */
export function methodAnswered(raw: RawJson): string | undefined {
  return questions.find((method) => isResultOf(method, raw));
}

function isResultOf(method: string, raw: RawJson): boolean {
  if (raw[0] !== 0x7b) return false;
  const whole = { start: 0, end: raw.length };
  const members = lastNamed(raw, whole, 'action', 'content', 'roots', 'role');
  const kind = (key: string) => findMember(members, key)?.kind;
  const content = kind('content');
  switch (method) {
    case 'elicitation/create': {
      const action = textOf(raw, findMember(members, 'action'));
      return actions.has(action) && (content === undefined || content === 'object');
    }
    case 'roots/list':
      return kind('roots') === 'array';
    default:
      return kind('role') === 'string' && (content === 'object' || content === 'array');
  }
}

function textOf(raw: RawJson, member: Member | undefined): string {
  return member?.kind === 'string' ? decodeString(raw, member.value) : '';
}
