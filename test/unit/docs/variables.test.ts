import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { help } from '../../../kong/cli/help.js';
import { usage } from '../../../kong/pluginserver/options.js';
import { projectFile } from '../../support/project.js';

const below = (folder: string, end: string): string =>
  readdirSync(projectFile(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(projectFile(`${folder}/${name}`), 'utf8'))
    .join('\n');
const variablesIn = (text: string): Set<string> => new Set(text.match(/\bKONG_MCP_[A-Z_]+\b/g));

const code = ['plugins', 'lib', 'kong/pluginserver', 'kong/standin', 'kong/demo', 'kong/direct']
  .map((folder) => below(folder, '.ts'))
  .join('\n');
const commands = ['kong/cli', 'kong/apply'].map((folder) => below(folder, '.ts')).join('\n');
// One that a command only speaks of is the plugin server's.
const ofCommands = [...variablesIn(commands)]
  .filter((name) => !variablesIn(usage).has(name))
  .sort();
const pages = below('docs', '.md');
const operations = readFileSync(projectFile('docs/operations.md'), 'utf8');
/** Not for everybody: said where it matters. */
const special = ['KONG_MCP_EXPERIMENTAL_ERA_BRIDGE', 'KONG_MCP_OAUTH_ALLOW_FAIL_OPEN'];

describe('variables of the plugin server', () => {
  const read = [...variablesIn(code)].filter((name) => !special.includes(name)).sort();

  it('are all in --help, and no others', () => {
    expect(read.length).toBeGreaterThan(5);
    expect([...variablesIn(usage)].sort()).toEqual(read);
  });

  it('are all in the pages, and no others', () => {
    const written = variablesIn(pages);
    for (const name of special) written.delete(name);
    expect([...written].sort()).toEqual([...read, ...ofCommands].sort());
  });
});

describe('variables of the commands', () => {
  it('are all in --help, and no others', () => {
    expect(ofCommands.length).toBeGreaterThan(2);
    expect([...variablesIn(help)].sort()).toEqual(ofCommands);
  });
});

describe('events worth an alert', () => {
  const table = /Events worth an alert:\n\n([\s\S]*?)\n\n/.exec(operations)?.[1] ?? '';
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  const events = cells.flatMap((cell) => cell.match(/(?<=`)\w+(?=`)/g) ?? []);

  it('are those that are logged', () => {
    expect(events.length).toBeGreaterThan(12);
    // Those of items are put together: `${kind}_collision`, `${member}_${type}`.
    const made = ['tool_collision', 'tools_refused', 'tools_flawed', 'tools_renamed'];
    const unknown = events.filter((name) => !made.includes(name) && !code.includes(`'${name}'`));
    expect(unknown).toEqual([]);
  });
});
