import { findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { PreparedItem } from '../items/prepare-item.js';
import type { Found } from './tool-search.js';

/** Of the definitions in one answer; the best tool is always among them. */
const mostBytes = 131_072;
const nothing = 'No tool fits. Search with other words.';

/**
 * The result of a search, as `CallToolResult`: one text, JSON with what a model needs to call the tools
 * that were found, in the servers' own bytes. No `structuredContent`: that would be all of it twice.
 */
export function searchResult({ tools, more, missing }: Found): RawJson {
  const shown = fitting(tools.map(definition));
  const left = more + tools.length - shown.length;
  const parts = [
    `"tools":[${shown.join(',')}]`,
    ...(shown.length === 0 ? [`"hint":${encodeString(nothing)}`] : []),
    ...(left > 0 ? [`"more":${left}`] : []),
    ...(missing.length > 0 ? [`"unavailable":${JSON.stringify(missing)}`] : []),
  ];
  const text = encodeString(`{${parts.join(',')}}`);
  return Buffer.from(`{"content":[{"type":"text","text":${text}}]}`);
}

function fitting(definitions: readonly string[]): readonly string[] {
  let bytes = 0;
  return definitions.filter((text, n) => {
    bytes += Buffer.byteLength(text);
    return n === 0 || bytes <= mostBytes;
  });
}

/** Name, description and schema of the arguments; the title where there is no description. */
function definition({ name, raw }: PreparedItem): string {
  const whole = { start: 0, end: raw.length };
  const members = lastNamed(raw, whole, 'title', 'description', 'inputSchema');
  const text = (key: string) => {
    const found = findMember(members, key);
    return found && `,"${key}":${raw.toString('utf8', found.value.start, found.value.end)}`;
  };
  const described = text('description') ?? text('title') ?? '';
  return `{"name":${encodeString(name)}${described}${text('inputSchema') ?? ''}}`;
}
