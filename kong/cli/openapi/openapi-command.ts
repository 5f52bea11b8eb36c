import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { convertDocument } from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import type { ConvertedDocument } from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import { DocumentError } from '../../../plugins/mcp-aggregate/core/openapi/document/document-error.js';
import type { Selector } from '../../../plugins/mcp-aggregate/core/openapi/tools/selection.js';
import { codeOf } from '../error-code.js';
import { serverNames } from '../import/server-name.js';
import { compareTools } from './compare-tools.js';
import type { ShownTool } from './compare-tools.js';
import { fragmentText } from './fragment.js';
import { conversionReport } from './report.js';
import { runningTools } from './running-tools.js';

const options = {
  name: { type: 'string' },
  route: { type: 'string' },
  service: { type: 'string' },
  include: { type: 'string', multiple: true },
  writing: { type: 'boolean', default: false },
  out: { type: 'string' },
  force: { type: 'boolean', default: false },
  diff: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

/**
 * `kong-mcp openapi`: writes the fragment of kong.yml that serves a document, and answers what to
 * print: what each operation became, and why the others did not. With `--diff` nothing is written.
 * @throws ConfigError for wrong options, a document that cannot be used, or a file that exists
 */
export async function openapiCommand(args: string[]): Promise<string> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new ConfigError('FILE', 'name one document');
  const include = selectors(values.include ?? [], values.writing);
  const converted = await convert('FILE', file, include);
  const name = nameOf(values.name, file);
  if (values.diff !== undefined) {
    const before = await toolsBefore(values.diff, values['token-file'], name, include);
    return compareTools(before, converted.tools.map(shownTool));
  }
  const route = values.route ?? `/internal/${name}`;
  if (!/^\/[\w/.~-]*$/.test(route)) throw new ConfigError('--route', 'must be a path');
  const out = resolve(values.out ?? `${name}.kong.yml`);
  const text = fragmentText({
    name,
    route,
    service: values.service,
    file: basename(file),
    include,
  });
  await write(out, text, values.force);
  return conversionReport(converted, { name, route, out, file });
}

/** `operation`, `tag:NAME` or `METHOD /path`, each with `*`. */
function selectors(given: readonly string[], writing: boolean): Selector[] {
  const all = given.map((text): Selector => {
    const tag = /^tag:(.+)$/.exec(text)?.[1];
    if (tag === undefined) return { operation: text };
    return writing ? { tag, method: '*' } : { tag };
  });
  return all.length === 0 && writing ? [{ method: '*' }] : all;
}

async function convert(
  field: string,
  file: string,
  include: readonly Selector[],
): Promise<ConvertedDocument> {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(field, `${file} cannot be read (${codeOf(error)})`);
  }
  try {
    const own = { exclude: [], overrides: [], takenHeaders: [], outputSchemas: true };
    return convertDocument(text, { include, ...own });
  } catch (error) {
    if (error instanceof DocumentError) throw new ConfigError(field, `${file}: ${error.message}`);
    throw error;
  }
}

function nameOf(given: string | undefined, file: string): string {
  const wanted = given ?? basename(file, extname(file)).toLowerCase();
  const name = serverNames([wanted]).get(wanted)!;
  if (given === undefined || given === name) return name;
  throw new ConfigError('--name', 'must be letters, digits and hyphens, 32 at most');
}

async function toolsBefore(
  from: string,
  tokenFile: string | undefined,
  name: string,
  include: readonly Selector[],
): Promise<readonly ShownTool[]> {
  if (/^https?:/.test(from)) return runningTools(from, tokenFile, `${name}__`);
  return (await convert('--diff', from, include)).tools.map(shownTool);
}

function shownTool({ definition }: ConvertedDocument['tools'][number]): ShownTool {
  return JSON.parse(definition) as ShownTool;
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const code = codeOf(error);
    const advice = code === 'EEXIST' ? 'exists already; --force replaces it' : `failed (${code})`;
    throw new ConfigError('--out', `${file} ${advice}`);
  }
}
