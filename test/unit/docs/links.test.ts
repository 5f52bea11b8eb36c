import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFile } from '../../support/project.js';

const inFolder = (folder: string): string[] =>
  readdirSync(projectFile(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const atRoot = readdirSync(projectFile('.')).filter((name) => name.endsWith('.md'));
const pages = [...atRoot, ...inFolder('docs'), ...inFolder('examples')];

/** The page without its code. */
function prose(page: string): string {
  const text = readFileSync(projectFile(page), 'utf8');
  return text
    .replace(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** What the page's headings are called in an address, as GitHub does it. */
function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

function linksOf(page: string): string[] {
  const text = prose(page);
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const defined = [...text.matchAll(/^\[[^\]]+\]: +(\S+)/gm)];
  return [...inline, ...defined].map(([, target = '']) => target);
}

function leadsNowhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
  if (target.startsWith('..') || !existsSync(projectFile(target))) return true;
  if (anchor === undefined || statSync(projectFile(target)).isDirectory()) return false;
  return !anchors(target).includes(anchor);
}

describe('links between pages', () => {
  const outside = /^[a-z][a-z0-9+.-]*:/i;

  it.each(pages)('of %s lead to what is there', (page) => {
    const own = linksOf(page).filter((link) => !outside.test(link));
    expect(own.filter((link) => leadsNowhere(page, link))).toEqual([]);
  });

  it('are seen', () => {
    const count = pages.flatMap(linksOf).filter((link) => !outside.test(link)).length;
    expect(count).toBeGreaterThan(30);
    expect(leadsNowhere('README.md', 'docs/none.md')).toBe(true);
    expect(leadsNowhere('docs/sessions.md', '#none')).toBe(true);
    expect(leadsNowhere('docs/sessions.md', 'sessions.md#streams')).toBe(false);
  });
});
