import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectFile } from '../../support/project.js';

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');
const page = read('docs/kubernetes-coming-from.md');
const reference = read('docs/configuration.md');
const known = new Set([...reference.matchAll(/^\| `([\w.[\]]+)` \|/gm)].map(([, name]) => name!));
/** Fields by their last part: the page names some without where they stand. */
const last = new Set([...known].map((name) => name.split(/[.\]]+/).at(-1)));

/** The column "Here" of each table. */
const here = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split(' | ')[1] ?? '');
const codes = here.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));

describe('the page for those who come from other gateways', () => {
  it('names fields of servers that there are', () => {
    const named = codes.flatMap((code) => /^(servers\[\]\.[\w.]+)/.exec(code)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names other fields that there are', () => {
    const named = codes.filter((code) => /^(?!nginx_)[a-z]+(?:_[a-z]+)+$/.test(code));
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !last.has(name))).toEqual([]);
  });

  it('has a table for each of the three, and says what is not here', () => {
    const tables = page.split(/^## /m).slice(1);
    expect(tables).toHaveLength(3);
    for (const table of tables) expect(table).toContain('**not here**');
  });
});
