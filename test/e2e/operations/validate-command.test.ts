import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';

const main = projectFile('dist/kong/cli/main.js');
const good = projectFile('kong/kong.yml');
const folder = mkdtempSync(join(tmpdir(), 'validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function validate(...args: string[]) {
  const command = new TestProcess(process.execPath, [main, 'validate', ...args]);
  const code = await command.exited;
  return { code, out: command.stdout, err: command.stderr };
}

/** kong.yml with one text in place of another. */
function changed(name: string, from: string | RegExp, to: string): string {
  const text = readFileSync(good, 'utf8');
  const file = join(folder, name);
  writeFileSync(file, text.replace(from, to));
  expect(readFileSync(file, 'utf8')).not.toBe(text);
  return file;
}

describe('kong-mcp validate, as a command', () => {
  it('ends with 0 for a good file', async () => {
    const { code, out, err } = await validate(good);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('0 errors, 0 warnings');
  });

  it('ends with 1 for a wrong one, names the line and what mends it, for programs too', async () => {
    const file = changed('wrong.yml', /resource: \S+/, 'resource: http://gw.example.com/mcp');
    const text = await validate(file);
    expect([text.code, text.err]).toEqual([1, '']);
    expect(text.out).toMatch(
      /wrong\.yml:\d+: error: services\S+\.config\.resource: must use https/,
    );
    const json = await validate(file, '--json');
    expect([json.code, json.err]).toEqual([1, '']);
    const { findings } = JSON.parse(json.out) as { findings: object[] };
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'error', file, line: expect.any(Number) as number }),
    );
  });

  it('ends with 1 for a warning where asked to be strict', async () => {
    const file = changed('retries.yml', 'retries: 0', 'retries: 5');
    expect((await validate(file)).code).toBe(0);
    const { code, out } = await validate(file, '--strict');
    expect(code).toBe(1);
    expect(out).toContain('  mend: on the Service: retries: 0');
  });

  it('ends with 2, its reason on stderr, where it cannot look', async () => {
    for (const args of [[], ['/nowhere.yml'], [good, '--no-such-option']]) {
      const { code, out, err } = await validate(...args);
      expect([code, out], args.join(' ')).toEqual([2, '']);
      expect(err).toMatch(/^kong-mcp: .+\n$/);
    }
  });
});
