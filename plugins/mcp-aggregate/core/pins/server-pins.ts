import { McpError } from '../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Share } from '../../../../lib/held/shared-bytes.js';
import type { LintOptions } from '../../../../lib/lint/lint-item.js';
import type { ListedItems } from '../calls/upstream-port.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Approvals } from './approvals.js';
import { ChangeRecord } from './record/change-record.js';
import type { Change, ToldChange } from './record/change.js';
import { compareList, compareServer, nameOf } from './compare-list.js';
import type { InspectedItem, InspectItems } from './inspect-item.js';
import { LintRecord } from './record/lint-record.js';
import type { Doubt } from './record/lint-record.js';
import type { Reviewed, Reviewer } from './reviewer.js';
import { SeenLists } from './record/seen-lists.js';
import type { Inspected } from './record/seen-lists.js';
import { WithheldUris } from './withheld-uris.js';

/** What this server's pins may hold. */
export interface PinMemory {
  readonly differences: Share;
  readonly findings: Share;
  readonly seen: Share;
}

export interface ServerPinsOptions {
  readonly server: string;
  readonly enforce: boolean;
  /** Undefined where nothing is pinned, and only linted. */
  readonly approvals: Approvals | undefined;
  /** Whether each caller has lists of their own: what one does not see has not vanished. */
  readonly perCaller: boolean;
  readonly inspect: InspectItems;
  readonly memory: PinMemory;
  /** What is linted now, and a key that differs when that does; undefined where nothing is. */
  readonly lint: () => { readonly options: LintOptions; readonly key: string } | undefined;
  /** The time, as it is shown (RFC 3339). */
  readonly now: () => string;
  /** @param leftOut how many more differ in all, for which there was no room */
  readonly onTold: (changes: readonly ToldChange[], leftOut: number) => void;
  readonly onDoubts: (doubts: readonly Doubt[]) => void;
}

/** Lists of which it is remembered what was seen in them. */
const mostLists = { shared: 4, perCaller: 16 };
const none: ReadonlySet<number> = new Set();

/** What is pinned of one server behind an endpoint, and what its lists make of it. */
export class ServerPins implements Reviewer {
  readonly changes: ChangeRecord;
  readonly lint: LintRecord;
  readonly options: ServerPinsOptions;
  readonly #seen: SeenLists;
  readonly #uris: WithheldUris;
  /** Kinds of which a list has been compared. */
  readonly #compared = new Set<ItemKind>();

  constructor(options: ServerPinsOptions) {
    const { memory, perCaller } = options;
    this.options = options;
    this.changes = new ChangeRecord(memory.differences);
    this.lint = new LintRecord(memory.findings);
    this.#seen = new SeenLists(memory.seen, perCaller ? mostLists.perCaller : mostLists.shared);
    this.#uris = new WithheldUris(this.changes);
  }

  /** Gives back its memory: nothing is asked of it any more. */
  close(): void {
    const { differences, findings, seen } = this.options.memory;
    for (const share of [differences, findings, seen]) share.close();
  }

  /** Whether nothing of the server may be served: nobody can say what was approved of it. */
  get closed(): boolean {
    const { approvals, enforce } = this.options;
    if (!enforce || approvals === undefined) return false;
    return !approvals.usable || this.changes.count('server') > 0;
  }

  get enforces(): boolean {
    return this.options.enforce && this.options.approvals !== undefined;
  }

  /** Items that are not served now. */
  get withheld(): number {
    const { changed, added } = this.changes.counts;
    return this.options.enforce ? changed + added : 0;
  }

  async review(kind: ItemKind, listed: ListedItems, digest: string): Promise<Reviewed> {
    const { approvals, enforce, server } = this.options;
    await approvals?.ready();
    if (enforce && approvals?.usable === false) throw unusable(server);
    const inspected = await this.#inspect(kind, listed, digest);
    const unapproved = approvals?.usable === true ? this.#compare(kind, inspected, listed) : none;
    if (this.closed) return { items: [], key: 'closed', withheld: [] };
    if (!enforce || unapproved.size === 0) return { items: listed.items, key: '', withheld: [] };
    const items: readonly RawJson[] = listed.items.filter((_, place) => !unapproved.has(place));
    const withheld = [...unapproved].map((place) => inspected[place]!.original);
    return { items, key: [...unapproved].join(' '), withheld };
  }

  withholds(kind: ItemKind, original: string): boolean {
    const { approvals, enforce } = this.options;
    if (!enforce || approvals === undefined) return false;
    if (this.closed) return true;
    // Before a list has come nobody knows what it will have, only what was approved.
    if (!this.#compared.has(kind)) return approvals.approved.items[kind]?.has(original) !== true;
    return this.#uris.has(kind, original, approvals.approved);
  }

  async #inspect(kind: ItemKind, listed: ListedItems, digest: string): Promise<Inspected> {
    const { approvals, lint, inspect } = this.options;
    const linted = lint();
    const pinned = approvals?.usable === true;
    const texts = pinned && this.#learns(kind) && listed.items.length > 0;
    const key = [kind, digest, pinned, linted?.key ?? ''].join(' ');
    let inspected = texts ? undefined : this.#seen.get(key);
    if (inspected === undefined) {
      const options = { fingerprints: pinned, texts, lint: linted?.options };
      inspected = await inspect(kind, listed.items, options);
      if (texts) {
        await approvals.learn(kind, inspected.filter(isItem), listed.said);
        inspected = inspected.map((item) => item && { ...item, text: undefined });
      }
      this.#seen.add(key, inspected);
    }
    if (linted !== undefined) {
      const news = this.lint.replace(kind, inspected, this.#isWhole(listed));
      if (news.length > 0) this.options.onDoubts(news);
    }
    return inspected;
  }

  #compare(kind: ItemKind, inspected: Inspected, listed: ListedItems): ReadonlySet<number> {
    const { approved } = this.options.approvals!;
    const { said } = listed;
    const whole = this.#isWhole(listed);
    const { unapproved, changes } = compareList(kind, inspected, approved, whole);
    this.#compared.add(kind);
    const names = new Set(inspected.filter(isItem).map(({ original }) => nameOf(original)));
    this.#record(kind, changes, whole, (item) => whole || names.has(item));
    if (said === undefined) return unapproved;
    const ofServer = compareServer(said, approved);
    for (const about of ['server', 'instructions'] as const) {
      // A server may greet each caller by name.
      if (about === 'instructions' && this.options.perCaller) continue;
      this.#record(
        about,
        ofServer.filter((change) => change.kind === about),
        true,
        () => true,
      );
    }
    return unapproved;
  }

  #record(
    kind: Change['kind'],
    changes: readonly Change[],
    whole: boolean,
    about: (item: string) => boolean,
  ): void {
    const before = this.changes.leftOut();
    const { news, restored } = this.changes.replace(kind, changes, about, whole);
    const leftOut = this.changes.leftOut();
    if (news.length + restored.length === 0 && leftOut === before) return;
    this.#uris.changed();
    const { enforce, now, onTold } = this.options;
    const at = now();
    const told: ToldChange[] = [
      ...restored.map(({ item }): ToldChange => {
        return { at, kind, item, change: 'restored', members: [], withheld: false };
      }),
      ...news.map(({ item, change, members }): ToldChange => {
        return { at, kind, item, change, members, withheld: enforce && change !== 'vanished' };
      }),
    ];
    this.changes.tell(told);
    onTold(told, leftOut === before ? 0 : leftOut);
  }

  #learns(kind: ItemKind): boolean {
    const { approvals, perCaller } = this.options;
    if (approvals?.firstUse !== true) return false;
    return perCaller || approvals.approved.items[kind] === undefined;
  }

  /** Whether what a list lacks has vanished. */
  #isWhole({ flaw }: ListedItems): boolean {
    return !this.options.perCaller && flaw === undefined;
  }
}

function isItem(item: InspectedItem | undefined): item is InspectedItem {
  return item !== undefined;
}

function unusable(server: string): McpError {
  const why =
    'its definitions cannot be compared with approved ones; the log of the gateway says why';
  const data = { server, state: 'failing' };
  return new McpError('upstream_unavailable', `server ${server} is not available: ${why}`, data);
}
