import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Claim, Exposure } from './exposure.js';
import { identifyItem, mostShown } from './identify-item.js';
import type { RefusedItem } from './identify-item.js';
import type { ItemKind } from './item-kinds.js';
import { schemaEdits } from './own-arguments.js';
import { needsTask, toolEdits } from './tool-edits.js';
import type { MirroredParams } from '../params/mirrored-params.js';
import { toolParams } from '../params/tool-params.js';
import { metaUriEdits } from '../uris/uri-edits.js';

/** One item of one server, ready to be listed. */
export interface PreparedItem {
  /** The name or URI that clients see. */
  readonly name: string;
  /** The one the server knows. */
  readonly original: string;
  /** By what right it has its name. */
  readonly claim: Claim;
  /** Why its own name cannot be shown, where it is offered under one derived from it. */
  readonly fault?: string | undefined;
  /** The server's own bytes, with only what has to change replaced. */
  readonly raw: RawJson;
  /** Whether clients with sessions are not shown it: they would throw away the whole list. */
  readonly modernOnly?: boolean;
  /** Whether a tool is only of use to clients that take tasks (ext-tasks). */
  readonly taskOnly?: boolean;
  /** Arguments of a tool that headers mirror. */
  readonly params?: MirroredParams | undefined;
}

/** What its server is, as far as its items depend on it. */
export interface ItemSource {
  /**
   * Whether it is of the era without sessions: a tool of such a server with wrong annotations for
   * headers must not be shown (2026-07-28, transports).
   */
  readonly modern: boolean;
  /** Whether it has the extension of tasks. */
  readonly tasks: boolean;
}

export const plainSource: ItemSource = { modern: false, tasks: false };

/** The item as clients see it; undefined where the configuration hides it. */
export function prepareItem(
  kind: ItemKind,
  raw: RawJson,
  exposure: Exposure,
  { modern, tasks }: ItemSource = plainSource,
): PreparedItem | RefusedItem | undefined {
  const identified = identifyItem(kind, raw);
  if ('reason' in identified) return identified;
  const { original, named, span, members } = identified;
  const item = original.slice(0, mostShown);
  const unclear = exposure.unclear(kind, original);
  if (unclear !== undefined) return { item, reason: `rules cannot decide on its URI: ${unclear}` };
  if (!exposure.shows(kind, original)) return undefined;
  const exposed = exposure.nameOf(kind, original);
  if ('reason' in exposed) return { item, reason: exposed.reason };
  const { name, claim, fault } = exposed;
  const taskOnly = kind === 'tool' && needsTask(raw, members);
  if (taskOnly && !(modern && tasks)) {
    return {
      item,
      reason: 'it can only be called as a task, which its server does not serve here',
    };
  }
  const params = kind === 'tool' ? toolParams(raw, members, modern) : undefined;
  const wrong = params !== undefined && 'reason' in params;
  if (wrong && modern) return { item, reason: params.reason };
  const own = exposure.argumentsOf(original);
  const edits: Edit[] = [{ span: named, replacement: encodeString(name) }];
  if (kind === 'tool') {
    edits.push(...toolEdits(raw, span, members, exposure.descriptionOf(original), taskOnly));
    if (own !== undefined) edits.push(...schemaEdits(raw, members, own));
  }
  edits.push(...metaUriEdits(raw, members, (uri) => exposure.exposeUri(uri)));
  const mirrored = wrong ? undefined : params;
  const prepared = { name, original, claim, fault, raw: splice(raw, edits), params: mirrored };
  return taskOnly ? { ...prepared, taskOnly } : prepared;
}
