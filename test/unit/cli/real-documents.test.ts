import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importServers } from '../../../kong/cli/import/import-servers.js';
import type { ImportedServers } from '../../../kong/cli/import/import-servers.js';
import { readDocumentFile } from '../../../kong/cli/read-document.js';

const shelf = join(import.meta.dirname, '../../support/mcp-servers-shelf');

async function imported(file: string): Promise<ImportedServers> {
  return importServers(await readDocumentFile('FILE', join(shelf, file)), {});
}

const names = ({ servers }: ImportedServers) => servers.map(({ name }) => name);

describe('documents as clients keep them', () => {
  it('Claude Desktop', async () => {
    const found = await imported('claude-desktop.json');
    expect(names(found)).toEqual(['filesystem', 'tracker']);
    expect(found.stdio['tracker']?.env).toEqual({ TRACKER_TOKEN: '${TRACKER_TOKEN}' });
    expect(found.warnings).toEqual([]);
  });

  it('Claude Code: a deadline is kept, a login of the client is noted', async () => {
    const found = await imported('claude-code.json');
    expect(names(found)).toEqual(['docs', 'old', 'local']);
    expect(found.servers[1]).toMatchObject({ transport: 'sse' });
    expect(found.servers[0]).toMatchObject({
      timeout: 120_000,
      headers: { Authorization: '{vault://env/mcp_docs_authorization}' },
    });
    expect(found.warnings).toEqual([
      expect.stringMatching(
        /^docs\.oauth: not used: .*`auth` of mcp-aggregate \(line 8, column 16\)$/,
      ),
    ]);
  });

  it('VS Code: comments, commas, inputs, its folders', async () => {
    const found = await imported('vscode.json');
    expect(names(found)).toEqual(['github', 'files']);
    expect(found.variables).toEqual({ MCP_GITHUB_AUTHORIZATION: 'Bearer ${GITHUB_TOKEN}' });
    expect(found.stdio['files']?.args.at(-1)).toBe(join(shelf, 'docs'));
    expect(found.warnings).toEqual([
      expect.stringContaining('environment variable GITHUB_TOKEN'),
      expect.stringMatching(/^files\.envFile: not used: put its variables/),
      expect.stringMatching(/^files\.dev: not used/),
    ]);
  });

  it('Cursor: a name with a blank does not take that of another', async () => {
    const found = await imported('cursor.json');
    expect(found.servers).toEqual([
      { name: 'my-files-2', stdio: 'my-files-2' },
      {
        name: 'my-files',
        url: 'https://files.example.com/mcp',
        headers: { 'X-Api-Key': '{vault://env/files_key}' },
      },
    ]);
    expect(found.warnings).toContainEqual(expect.stringMatching(/^paused is left out: .*disabled/));
    expect(found.warnings).toContainEqual(
      'my files is named my-files-2: tools begin with my-files-2__',
    );
  });

  it('Windsurf: tools switched off stay off', async () => {
    const found = await imported('windsurf.json');
    expect(found.servers).toEqual([
      { name: 'figma', url: 'https://figma.example.com/mcp', tools: { deny: ['delete_file'] } },
      { name: 'notes', stdio: 'notes' },
    ]);
    expect(found.warnings).toEqual([expect.stringMatching(/^notes\.alwaysAllow: not used/)]);
  });

  it('Gemini CLI: one wrong entry leaves the others alone', async () => {
    const found = await imported('gemini-cli.json');
    expect(found.servers).toEqual([
      {
        name: 'search',
        url: 'https://search.example.com/mcp',
        timeout: 600_000,
        tools: { allow: ['search', 'fetch'] },
      },
    ]);
    expect(found.warnings[0]).toMatch(/^py is left out: py\.timeout: must be a number.*\(line 11/);
  });

  it('Codex: TOML, tokens by the names of variables', async () => {
    const found = await imported('codex.toml');
    expect(found.servers).toEqual([
      { name: 'context', stdio: 'context', timeout: 90_000 },
      {
        name: 'figma',
        url: 'https://figma.example.com/mcp',
        headers: {
          'X-Region': 'eu',
          Authorization: '{vault://env/mcp_figma_authorization}',
        },
        tools: { allow: ['get_file'] },
      },
    ]);
    expect(found.stdio['context']?.env).toEqual({ CONTEXT_KEY: '${CONTEXT_KEY}' });
    expect(found.variables).toEqual({ MCP_FIGMA_AUTHORIZATION: 'Bearer ${FIGMA_TOKEN}' });
  });
});
