import { readFile } from 'node:fs/promises';
import { log } from '../../../lib/log.js';
import type { Page } from './page.js';
import { originsOf } from './playground.js';
import type { PlaygroundOptions } from './playground.js';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const page = [
  'style.css',
  'main.mjs',
  'dom.mjs',
  'rules.mjs',
  'sections.mjs',
  'tools.mjs',
  'words.mjs',
];
const playground = [
  'playground.css',
  'main.mjs',
  'advice.mjs',
  'answers.mjs',
  'challenge.mjs',
  'client.mjs',
  'discovery.mjs',
  'event-stream.mjs',
  'form.mjs',
  'login.mjs',
  'result.mjs',
  'sections.mjs',
];

/** Files by their path; `npm run build` puts them beside the code. */
const files = new Map([
  ['/console', 'index.html'],
  ...[...page, 'icon.svg'].map((name): [string, string] => [`/console/${name}`, name]),
]);
const playgroundFiles = new Map([
  ['/console/playground', 'playground/index.html'],
  ...playground.map((name): [string, string] => [
    `/console/playground/${name}`,
    `playground/${name}`,
  ]),
]);

/** Nothing inline, nothing from elsewhere, and in no frame: what servers say of themselves is shown. */
const policy = (connect: readonly string[], images: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self'; connect-src ${connect.join(' ')}; ` +
  `img-src ${images}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const headersFor = (csp: string) => ({
  'content-security-policy': csp,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
});
const headers = headersFor(policy(["'self'"], "'self'"));

const read = new Map<string, Promise<string>>();

/**
 * A file of the console, undefined where there is none at this path.
 * @param options of the playground; without them nothing of it is served
 */
export async function consolePage(
  path: string,
  options?: PlaygroundOptions,
): Promise<Page | undefined> {
  // Links are relative, so that all works below any path of a Kong route.
  if (path === '/console/') return elsewhere('../console');
  const name = files.get(path);
  if (name !== undefined) return file(name, headers);
  if (options === undefined) return undefined;
  if (path === '/console/playground/') return elsewhere('../playground');
  const allowed = headersFor(policy(["'self'", ...originsOf(options)], "'self' data:"));
  if (path === '/console/playground/settings') {
    const body = `${JSON.stringify(options)}\n`;
    return { status: 200, type: 'application/json', body, headers: allowed };
  }
  const own = playgroundFiles.get(path);
  return own === undefined ? undefined : file(own, allowed);
}

const elsewhere = (location: string): Page => ({
  status: 308,
  type: 'text/plain',
  body: '',
  headers: { location },
});

async function file(name: string, own: Readonly<Record<string, string>>) {
  const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  try {
    return { status: 200, type, body: await once(name), headers: own };
  } catch {
    log('error', 'console_file_missing', { file: name });
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
