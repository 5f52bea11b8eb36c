import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { codeOf } from '../error-code.js';
import { readKongConf } from '../../kong-conf.js';
import { asJson, asText } from '../validate/finding.js';
import type { Finding } from '../validate/finding.js';
import type { Verdict } from '../validate/validate-command.js';
import { confFindings } from './conf-findings.js';
import { endpointFindings } from './endpoint.js';
import { kongFindings } from './kong-version.js';
import { operationsFindings } from './operations.js';

const options = {
  conf: { type: 'string' },
  operations: { type: 'string' },
  endpoint: { type: 'string', multiple: true },
  'token-file': { type: 'string' },
  kong: { type: 'string' },
  'admin-api': { type: 'string' },
  json: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `kong-mcp doctor`: looks at a running set-up, as far as options name it; changes nothing.
 * @throws ConfigError where nothing is named, or a file cannot be read
 */
export async function doctorCommand(args: string[], env: Environment): Promise<Verdict> {
  const { values } = parseArgs({ args, options });
  const { conf, operations, endpoint: endpoints = [], kong, 'admin-api': admin } = values;
  for (const [option, text] of [
    ['--operations', operations],
    ['--admin-api', admin],
    ...endpoints.map((endpoint) => ['--endpoint', endpoint] as const),
  ] as const) {
    if (text !== undefined && !/^https?:\/\/./.test(text)) {
      throw new ConfigError(option, 'must be an http(s) URL');
    }
  }
  const byEnvironment = env['KONG_PLUGINSERVER_NAMES'] !== undefined;
  const looked = [conf, operations, kong, admin, ...endpoints];
  if (!byEnvironment && looked.every((one) => one === undefined)) {
    throw new ConfigError('doctor', 'name --conf FILE, --operations URL or --endpoint URL');
  }
  const token = await readToken(values['token-file']);
  const findings: Finding[] = [];
  if (conf !== undefined || byEnvironment) {
    const text = conf === undefined ? '' : await readText('--conf', conf);
    findings.push(...(await confFindings(conf ?? 'KONG_*', readKongConf(text, env))));
  }
  findings.push(...(await kongFindings({ command: kong, admin })));
  if (operations !== undefined) findings.push(...(await operationsFindings(operations)));
  for (const endpoint of endpoints) findings.push(...(await endpointFindings(endpoint, token)));
  const bad = values.strict ? ['error', 'warning'] : ['error'];
  const code = findings.some(({ level }) => bad.includes(level)) ? 1 : 0;
  return { output: values.json ? asJson(findings) : asText(findings), code };
}

async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const token = (await readText('--token-file', file)).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ConfigError('--token-file', 'holds no token');
  return token;
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    throw new ConfigError(option, `${file} cannot be read (${code})`);
  }
}
