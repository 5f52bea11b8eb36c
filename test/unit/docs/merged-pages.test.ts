import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectFile } from '../../support/project.js';

const pages = readdirSync(projectFile('docs'), { recursive: true })
  .map((name) => `docs/${String(name)}`)
  .concat(readdirSync(projectFile('.')))
  .filter((name) => name.endsWith('.md'));

describe('pages', () => {
  it('are there', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/sessions.md']));
  });

  it.each(pages)('%s has no traces of a merge', (name) => {
    expect(readFileSync(projectFile(name), 'utf8')).not.toMatch(/^(<{7}|={7}|>{7})( |$)/m);
  });
});
