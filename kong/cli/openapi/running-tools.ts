import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../../lib/errors/errors.js';
import { codeOf } from '../error-code.js';
import { get, objectIn } from '../doctor/get.js';
import type { ShownTool } from './compare-tools.js';

const mostPages = 100;

interface Page {
  readonly tools?: readonly ShownTool[];
  readonly nextCursor?: string;
}

/**
 * The tools of one server that a running endpoint lists, by their own names.
 * @param tokenFile a file with an access token, where the endpoint wants one
 * @throws ConfigError where it does not list them
 */
export async function runningTools(
  endpoint: string,
  tokenFile: string | undefined,
  prefix: string,
): Promise<readonly ShownTool[]> {
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
  const tools: ShownTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { tools: some = [], nextCursor } = await list(endpoint, token, cursor);
    tools.push(...some);
    cursor = nextCursor;
    if (cursor === undefined) break;
  }
  return tools
    .filter(({ name }) => name.startsWith(prefix))
    .map((tool) => ({ ...tool, name: tool.name.slice(prefix.length) }));
}

async function list(
  endpoint: string,
  token: string | undefined,
  cursor: string | undefined,
): Promise<Page> {
  const params = cursor === undefined ? {} : { params: { cursor } };
  const { status, text } = await get(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', ...params }),
  }).catch((error: unknown) => {
    throw new ConfigError('--diff', `${endpoint} cannot be reached (${(error as Error).message})`);
  });
  const data = /^data: ?(\{.*)$/m.exec(text)?.[1] ?? text;
  const result = objectIn(data)?.['result'] as Page | undefined;
  if (status === 200 && result?.tools !== undefined) return result;
  throw new ConfigError('--diff', `${endpoint} answers ${status} and lists no tools`);
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new ConfigError('--token-file', `${file} cannot be read (${codeOf(error)})`);
  }
}
