import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { readKongConf } from '../../kong-conf.js';
import { codeOf } from '../error-code.js';
import { readDocumentFile } from '../read-document.js';
import { asJson, asText } from './finding.js';
import type { Finding } from './finding.js';
import { sandboxFindings } from './sandbox-findings.js';
import { validateKongFile } from './validate-kong-file.js';

const options = {
  json: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
} as const;

/** What to print, and how the command ends: 0 for good files, 1 where one has an error. */
export interface Verdict {
  readonly output: string;
  readonly code: 0 | 1;
}

/**
 * `kong-mcp validate FILE…`: kong.yml, mcpServers documents, the operator's stdio file and what
 * kong.conf says of functions, offline.
 * @throws ConfigError where no file is named or one cannot be read
 */
export async function validateCommand(args: string[]): Promise<Verdict> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length === 0) throw new ConfigError('FILE', 'name at least one');
  const kongFiles: (readonly [file: string, text: string])[] = [];
  const findings: Finding[] = [];
  let commands: Set<string> | undefined;
  for (const file of positionals) {
    const text = await readText(file);
    if (/^(?:[\s{]*"?)_format_version\b/m.test(text)) {
      kongFiles.push([file, text]);
      continue;
    }
    if (file.endsWith('.conf')) {
      // It may be that of another machine, whose environment is not known here.
      findings.push(...sandboxFindings(file, readKongConf(text, {})));
      continue;
    }
    const document = await readDocumentFile('FILE', file, true);
    commands ??= new Set();
    for (const [name, { kind }] of Object.entries(document.entries)) {
      if (kind === 'stdio') commands.add(name);
    }
    findings.push(...leftOut(file, document.leftOut), ...notes(file, document.notes));
  }
  for (const [file, text] of kongFiles) findings.push(...validateKongFile(file, text, commands));
  const bad = values.strict ? ['error', 'warning'] : ['error'];
  const code = findings.some(({ level }) => bad.includes(level)) ? 1 : 0;
  return { output: values.json ? asJson(findings) : asText(findings), code };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    throw new ConfigError('FILE', `${file} cannot be read (${code})`);
  }
}

function leftOut(file: string, reasons: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(reasons).map(([name, message]) => ({
    level: 'error',
    file,
    place: name,
    message,
  }));
}

function notes(file: string, texts: readonly string[]): Finding[] {
  return texts.map((message) => ({ level: 'note', file, place: 'mcpServers', message }));
}
