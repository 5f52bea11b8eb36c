import { readFile } from 'node:fs/promises';
import { log } from '../../../lib/log.js';
import type { Page } from './page.js';

/** Files of the console by their path; `npm run build` puts them beside the code. */
const files: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  '/console': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/console/style.css': { name: 'style.css', type: 'text/css; charset=utf-8' },
  '/console/main.mjs': { name: 'main.mjs', type: 'text/javascript; charset=utf-8' },
  '/console/dom.mjs': { name: 'dom.mjs', type: 'text/javascript; charset=utf-8' },
  '/console/sections.mjs': { name: 'sections.mjs', type: 'text/javascript; charset=utf-8' },
  '/console/tools.mjs': { name: 'tools.mjs', type: 'text/javascript; charset=utf-8' },
  '/console/words.mjs': { name: 'words.mjs', type: 'text/javascript; charset=utf-8' },
  '/console/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
};

/** Nothing inline, nothing from elsewhere, and in no frame: what servers say of themselves is shown. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const read = new Map<string, Promise<string>>();

/** A file of the console, undefined where there is none at this path. */
export async function consolePage(path: string): Promise<Page | undefined> {
  // Its links are relative, so that it works below any path of a Kong route.
  if (path === '/console/') {
    return { status: 308, type: 'text/plain', body: '', headers: { location: '../console' } };
  }
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file === undefined) return undefined;
  try {
    return { status: 200, type: file.type, body: await once(file.name), headers };
  } catch {
    log('error', 'console_file_missing', { file: file.name });
    return undefined;
  }
}

function once(name: string): Promise<string> {
  const known = read.get(name);
  if (known !== undefined) return known;
  const reading = readFile(new URL(`../console/${name}`, import.meta.url), 'utf8');
  read.set(name, reading);
  reading.catch(() => read.delete(name));
  return reading;
}
