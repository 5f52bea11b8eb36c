import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alive, commandLine, processesBelow } from '../../support/demo/proc.js';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient } from '../../support/legacy-client.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { referenceEntry, stdioFile } from '../../support/upstreams/stdio-file.js';
import type { StdioFile } from '../../support/upstreams/stdio-file.js';
import { stdioFixture } from '../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../support/upstreams/stdio-fixture.js';

const isRoot = process.getuid?.() === 0;
const user = { uid: 54_321, gid: 54_322 };

interface Seen {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly parent: number;
  readonly files: readonly string[];
  readonly socket: string;
}

describe('a child with a user of its own', () => {
  let script: StdioFixture;
  let entries: StdioFile;
  let mcp: OpenEndpoint;
  let client: LegacyClient;

  beforeAll(async () => {
    script = stdioFixture();
    // Others may read the script; the journal stays with its owner.
    chmodSync(dirname(script.args[0]!), 0o755);
    const entry = { command: script.command, args: script.args, env: { TOOLS: 'look' } };
    const listing = 'cd /proc/$$/fd && echo * > "$SEEN"; cd / && exec "$@"';
    entries = stdioFile((folder) => {
      chmodSync(folder, 0o777);
      const seen = { ...entry.env, SEEN: join(folder, 'descriptors') };
      const args = ['-c', listing, 'sh', script.command, ...script.args];
      return {
        same: { ...entry, command: 'sh', args, env: seen },
        other: { ...entry, ...user },
      };
    });
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [
          { name: 'same', stdio: 'same' },
          { name: 'other', stdio: 'other' },
        ],
      },
      gateway: { env: entries.env },
    });
    await untilListed(mcp.url, ['same__', ...(isRoot ? ['other__'] : [])]);
    client = await connectLegacy(mcp.url);
  });
  afterAll(async () => {
    await client?.close();
    await mcp?.stop();
    entries?.remove();
    script?.remove();
  });

  async function look(server: string): Promise<Seen> {
    const { pid } = mcp.gateway.pluginServer;
    const socket = socketOf(pid);
    const [worker = pid] = mcp.gateway.pluginServer.workerPids;
    const files = [
      `/proc/${pid}/environ`,
      `/proc/${worker}/maps`,
      entries.env['KONG_MCP_STDIO_FILE'],
    ];
    chmodSync(files[2]!, 0o600);
    return JSON.parse(await client.text(`${server}__look`, { files, socket })) as Seen;
  }

  it('or without one has its three pipes and no other descriptor', () => {
    // The fourth is the look at them.
    expect(readFileSync(join(entries.folder, 'descriptors'), 'utf8').trim()).toBe('0 1 2 3');
  });

  it.runIf(isRoot)(
    'runs as it, in its group alone, with no way to the environment, files and socket of the plugin server',
    async () => {
      const seen = await look('other');
      expect(mcp.gateway.pluginServer.workerPids).toContain(seen.parent);
      expect(seen).toEqual({
        ...{ uid: user.uid, gid: user.gid, groups: [user.gid], home: '/' },
        parent: seen.parent,
        files: ['EACCES', 'EACCES', 'EACCES'],
        socket: 'EACCES',
      });
    },
  );

  it.runIf(isRoot)('is what keeps them apart: without one a child has all that', async () => {
    expect(await look('same')).toMatchObject({ uid: 0, files: ['ok', 'ok', 'ok'], socket: 'ok' });
    expect(mcp.gateway.logText()).toMatch(/stdio_as_root.*servers\[same\]\.stdio/);
    expect(mcp.gateway.logText()).not.toMatch(/stdio_as_root.*servers\[other\]/);
  });

  it.skipIf(isRoot)('is refused where the plugin server is not root', async () => {
    await until(() => /server_unusable.*runs as root/.test(mcp.gateway.logText()), {
      what: 'the server was not refused',
    });
  });
});

function socketOf(pid: number): string {
  const args = commandLine(pid).split('\0');
  return args[args.indexOf('--socket') + 1] ?? '';
}

/** Why the recipe cannot be tried here; undefined where it can. */
function bwrapMissing(): string | undefined {
  const probe = [
    '--ro-bind',
    '/',
    '/',
    '--unshare-all',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ];
  const { error, status } = spawnSync('bwrap', probe);
  if (error) return 'bubblewrap is not installed';
  return status === 0 ? undefined : 'this machine lets bubblewrap make no namespaces';
}

/** The entry as the page has it, for this machine's folder, and its Node and packages. */
function recipe(files: string): object {
  const page = readFileSync(projectFile('docs/servers.md'), 'utf8');
  const text =
    /```json\n(\{ "mcpServers": \{\n\s+"files": \{\n\s+"command": "bwrap"[\s\S]*?)```/.exec(page);
  const { command, args } = JSON.parse(text?.[1] ?? '{}').mcpServers.files as {
    command: string;
    args: string[];
  };
  const own = referenceEntry('server-filesystem', files) as { command: string; args: string[] };
  const packages = projectFile('node_modules');
  const at = args.indexOf('mcp-server-filesystem');
  return {
    command,
    args: [
      ...args.slice(0, at).map((arg) => (arg === '/srv/files' ? files : arg)),
      ...['--ro-bind', packages, packages, '--ro-bind', own.command, own.command],
      ...[own.command, ...own.args],
    ],
  };
}

const missing = bwrapMissing();

describe.skipIf(missing !== undefined)(
  `the recipe with bwrap${missing ? ` (${missing})` : ''}`,
  () => {
    let entries: StdioFile;
    let mcp: OpenEndpoint;
    let client: LegacyClient;

    beforeAll(async () => {
      entries = stdioFile((folder) => {
        mkdirSync(join(folder, 'files'));
        writeFileSync(join(folder, 'files', 'note.txt'), 'a note');
        return { files: recipe(join(folder, 'files')) };
      });
      mcp = await startOpenEndpoint({
        aggregate: { servers: [{ name: 'files', stdio: 'files' }] },
        gateway: { env: entries.env },
      });
      await untilListed(mcp.url, ['files__read_text_file']);
      client = await connectLegacy(mcp.url);
    });
    afterAll(async () => {
      await client?.close();
      await mcp?.stop();
      entries?.remove();
    });

    const serverIn = (pid: number) =>
      processesBelow(pid).find((one) =>
        /^[^\0]*node\0[^\0]*server-filesystem/.test(commandLine(one)),
      );

    it('serves the folder, in which it may write', async () => {
      const path = join(entries.folder, 'files', 'note.txt');
      expect(await client.text('files__read_text_file', { path })).toBe('a note');
      const made = join(entries.folder, 'files', 'made.txt');
      await client.text('files__write_file', { path: made, content: 'made inside' });
      expect(readFileSync(made, 'utf8')).toBe('made inside');
    });

    it('leaves it neither the processes, the network nor the other files of the machine', () => {
      const { pid } = mcp.gateway.pluginServer;
      const inside = serverIn(pid)!;
      for (const kind of ['pid', 'net', 'ipc', 'mnt']) {
        const own = readlinkSync(`/proc/${inside}/ns/${kind}`);
        expect(own).not.toBe(readlinkSync(`/proc/${pid}/ns/${kind}`));
      }
      const root = readdirSync(`/proc/${inside}/root`);
      expect(root).not.toContain('etc');
      expect(root).not.toContain('root');
      const status = readFileSync(`/proc/${inside}/status`, 'utf8');
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
    });

    it('leaves nothing behind when the plugin server has ended', async () => {
      const { pid } = mcp.gateway.pluginServer;
      const below = processesBelow(pid).filter((one) => one !== pid);
      expect(below.length).toBeGreaterThan(1);
      await mcp.gateway.pluginServer.kill('SIGTERM');
      await until(() => !below.some(alive), { what: 'a process of the sandbox lives on' });
    });
  },
);
