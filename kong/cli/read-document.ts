import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, resolve } from 'node:path';
import { ConfigError } from '../../lib/errors/errors.js';
import { codeOf } from './error-code.js';
import type { McpServersDocument } from '../../lib/mcp-servers/entries.js';
import { parseMcpServers } from '../../lib/mcp-servers/parse-document.js';

/** Folders of a project in which editors keep the document. */
const editorFolders: ReadonlySet<string> = new Set(['.vscode', '.cursor', '.gemini', '.codex']);

/**
 * Reads an `mcpServers` document from a file: JSON with comments, or TOML by its ending. An editor's
 * `${workspaceFolder}` is the folder of the file, or of the project that keeps it in `.vscode`.
 * @param field what names the file, for errors
 * @param ofOperator whether it may be the operator's file, which says more
 * @throws ConfigError when the file or the document cannot be read
 */
export async function readDocumentFile(
  field: string,
  file: string,
  ofOperator = false,
): Promise<McpServersDocument> {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(field, `${file} cannot be read (${codeOf(error)})`);
  }
  const folder = dirname(resolve(file));
  const workspaceFolder = editorFolders.has(basename(folder)) ? dirname(folder) : folder;
  return parseMcpServers(text, {
    format: extname(file).toLowerCase() === '.toml' ? 'toml' : 'json',
    places: { workspaceFolder, userHome: homedir() },
    ofOperator,
  });
}
