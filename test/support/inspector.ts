import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atDemoLogin, browse } from './authorization-server/headless-browser.js';
import type { FillForm } from './authorization-server/headless-browser.js';
import { freePort } from './ports.js';
import { TestProcess } from './process.js';
import { until } from './readiness.js';

export interface Inspector {
  /** Runs one method and answers its JSON result. */
  run(method: string, ...args: string[]): Promise<unknown>;
  call(tool: string, args: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface InspectorOptions {
  /** The client's id, for authorization servers that take one; else it registers. */
  readonly clientMetadataUrl?: string;
  /** Where the login comes back; default: a free port. */
  readonly callback?: string;
  /** How it opens; default `legacy`. */
  readonly era?: 'legacy' | 'auto' | 'modern';
  /** Who signs in; default: somebody at the demo's page. */
  readonly person?: FillForm;
}

export const inspectorMain = join(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json'),
  '../clients/launcher/build/index.js',
);

/**
 * The official Inspector's command line with a home of its own. It registers, prints where to log
 * in, and is logged in by a headless browser; later runs use the token it stored.
 */
export async function runInspector(
  url: string,
  options: InspectorOptions = {},
): Promise<Inspector> {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const callback = options.callback ?? `http://127.0.0.1:${await freePort()}/oauth/callback`;
  const { clientMetadataUrl, era = 'legacy', person = atDemoLogin({ account: 'alice' }) } = options;
  const id = clientMetadataUrl === undefined ? [] : ['--client-metadata-url', clientMetadataUrl];
  const env = {
    HOME: home,
    MCP_STORAGE_DIR: home,
    INSPECTOR_SECRET_STORE: 'file',
    MCP_AUTO_OPEN_ENABLED: 'true',
  };
  const run = async (method: string, ...args: string[]): Promise<unknown> => {
    const child = new TestProcess(
      process.execPath,
      [
        ...[inspectorMain, '--cli', url, '--transport', 'http', '--callback-url', callback, ...id],
        ...['--quiet', '--format', 'json', '--protocol-era', era, '--method', method, ...args],
      ],
      { env },
    );
    const login = logInWhenAsked(child, callback, person);
    const code = await child.exited;
    await login;
    if (code !== 0) {
      throw new Error(`inspector ended with ${code}: ${child.stderr}${child.stdout}`);
    }
    return resultOf(child.stdout);
  };
  return {
    run,
    call: (tool, args) =>
      run('tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(args)),
    close: async () => rmSync(home, { recursive: true, force: true }),
  };
}

function resultOf(stdout: string): unknown {
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  return answer['result'] ?? answer;
}

/** Follows the printed authorization request, as a person would by clicking on it. */
async function logInWhenAsked(
  child: TestProcess,
  callback: string,
  person: FillForm,
): Promise<void> {
  const link = await until(
    () => {
      const found = /https?:\/\/\S+code_challenge\S+/.exec(child.stdout + child.stderr)?.[0];
      return found ?? (child.running ? undefined : 'ended');
    },
    { what: 'neither a login link nor an end of the inspector', timeoutMs: 30_000 },
  );
  if (link === 'ended') return;
  const answer = await browse(new URL(link), callback, person);
  await fetch(`${callback}?${answer.toString()}`);
}
