import { ConfigError, McpError } from '../../../lib/errors/errors.js';
import { Cancellation } from '../../../lib/flow/cancellation.js';
import { lintItem } from '../../../lib/lint/lint-item.js';
import type { ServerConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import { allKinds, perKind } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import type { ItemKind } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { inspectItem } from '../../../plugins/mcp-aggregate/core/pins/inspect-item.js';
import type {
  LockContent,
  LockEntry,
} from '../../../plugins/mcp-aggregate/core/pins/lockfile/write-lockfile.js';
import { readStdioEntry } from '../../../plugins/mcp-aggregate/io/stdio-file.js';
import { createUpstream } from '../../../plugins/mcp-aggregate/upstream/create-upstream.js';
import { readPlugin } from '../validate/read-plugin.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Something in a definition that whoever approves it should look at. */
export interface Remark {
  readonly kind: ItemKind | 'server';
  readonly name: string;
  readonly rule: string;
  readonly excerpt: string;
}

/** What a lockfile is written of, and what there is to say of it. */
export interface PinnedServer {
  readonly content: LockContent;
  readonly remarks: readonly Remark[];
  /** Why the lists may lack items. */
  readonly flaws: readonly string[];
}

/**
 * The server as the gateway would speak to it.
 * @param fields as in `servers[]` of mcp-aggregate
 * @throws ConfigError
 */
export function serverOf(fields: Readonly<Record<string, unknown>>): ServerConfig {
  const server = { name: 'server', pin: 'warn', ...fields };
  const { plugin, errors } = readPlugin('mcp-aggregate', { anonymous: true, servers: [server] });
  if (plugin?.kind === 'endpoint') return plugin.config.servers[0]!;
  const [[place, message] = [[], 'it cannot be read']] = errors;
  throw new ConfigError(`--${String(place.at(-1) ?? 'url')}`, message);
}

/**
 * Fetches all lists of a server, as the gateway would.
 * @throws ConfigError where it cannot be asked
 */
export async function pinnedServer(server: ServerConfig, env: Environment): Promise<PinnedServer> {
  const stdioEntry = (field: string, name: string) => readStdioEntry(field, name, env);
  const upstream = createUpstream(server, { env, stdioEntry });
  try {
    const lists: Partial<Record<ItemKind, ReadonlyMap<string, LockEntry>>> = {};
    const remarks: Remark[] = [];
    const flaws: string[] = [];
    let said: { readonly name: string; readonly instructions?: string | undefined } | undefined;
    for (const kind of allKinds) {
      const listed = await upstream.list(kind, new Cancellation());
      const entries = new Map<string, LockEntry>();
      for (const raw of listed.items) {
        const options = { fingerprints: true, texts: true, lint: {} };
        const item = inspectItem(kind, raw, options);
        if (item === undefined || entries.has(item.original)) continue;
        entries.set(item.original, { digest: item.fingerprint!.digest, text: item.text });
        remarks.push(...item.findings.map((one) => ({ kind, name: item.original, ...one })));
      }
      lists[kind] = entries;
      if (listed.flaw !== undefined) flaws.push(`the list of ${kind}s: it ${listed.flaw}`);
      listed.release?.();
      said = listed.said;
    }
    const items = perKind((kind) => lists[kind]);
    const instructions = said?.instructions ?? null;
    const text = Buffer.from(JSON.stringify({ name: 'instructions', text: instructions ?? '' }));
    remarks.push(
      ...lintItem(text).map((one) => ({ kind: 'server' as const, name: 'instructions', ...one })),
    );
    return { content: { server: said?.name || undefined, instructions, items }, remarks, flaws };
  } catch (error) {
    if (error instanceof McpError) throw new ConfigError('pin', error.message);
    throw error;
  } finally {
    await upstream.close();
  }
}
