import { transpile } from '../upstreams/transpile.js';

/**
 * Entry of an `mcpServers` file that runs the items of this folder by stdio on SDK v2.
 * @param legacy whether it also serves clients of the earlier revisions
 */
export function eraEntry(folder: string, legacy: 'serve' | 'reject'): object {
  const sources = ['stdio-entry.ts', 'modern-items.ts', 'items.ts'];
  const script = transpile(folder, ...sources.map((name) => new URL(name, import.meta.url)));
  return { command: process.execPath, args: [script, legacy] };
}
