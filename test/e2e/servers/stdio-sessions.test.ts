import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workersOfRun } from '../../support/workers.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient } from '../../support/legacy-client.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool } from '../../support/rpc.js';
import { referenceEntry, stdioFile } from '../../support/upstreams/stdio-file.js';
import type { StdioFile } from '../../support/upstreams/stdio-file.js';
import { gone, isAlive, stdioFixture } from '../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../support/upstreams/stdio-fixture.js';

const capabilities = { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } };

const people = ['alice', 'bob'];
const log =
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1}}';
const own = { trusted: true, stdio_scope: 'session' };

describe('stdio servers', () => {
  let script: StdioFixture;
  let entries: StdioFile;
  let mcp: ProtectedEndpoint;
  const clients: LegacyClient[] = [];

  beforeAll(async () => {
    script = stdioFixture({ TOOLS: 'pid,ask,raw' });
    entries = stdioFile((folder) => {
      for (const who of people) {
        mkdirSync(join(folder, who));
        writeFileSync(join(folder, who, 'note.txt'), `note of ${who}`);
      }
      return {
        everything: referenceEntry('server-everything', 'stdio'),
        files: referenceEntry('server-filesystem', folder),
        memory: {
          ...referenceEntry('server-memory'),
          env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
        },
        script: { command: script.command, args: script.args, env: script.env },
      };
    });
    const servers = [
      { name: 'everything', stdio: 'everything', ...own },
      { name: 'files', stdio: 'files', ...own },
      { name: 'memory', stdio: 'memory', ...own },
      { name: 'own', stdio: 'script', ...own, stdio_max_children: 8 },
      { name: 'shared', stdio: 'script', trusted: true },
    ];
    mcp = await startProtectedEndpoint({
      aggregate: { servers },
      gateway: { env: entries.env },
    });
    const prefixes = servers.map(({ name }) => `${name}__`);
    const token = await mcp.token();
    await untilListed(mcp.resource, prefixes, { token, timeoutMs: 60_000 });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await mcp?.stop();
    entries?.remove();
    script?.remove();
  });

  async function connect(who: string): Promise<LegacyClient> {
    const token = await mcp.token(who);
    const client = await connectLegacy(mcp.resource, {
      token,
      capabilities,
      answers: {
        'sampling/createMessage': {
          role: 'assistant',
          model: 'test',
          content: { type: 'text', text: `${who} thinks` },
        },
        'elicitation/create': { action: 'accept', content: { name: who, check: true } },
        'roots/list': {
          roots: [{ uri: pathToFileURL(join(entries.folder, who)).href, name: `home of ${who}` }],
        },
      },
    });
    clients.push(client);
    return client;
  }

  it('server-everything in two sessions at once: each asks its own client, nothing crosses', async () => {
    const both = await Promise.all(people.map(connect));
    await Promise.all(
      both.map(async (one, index) => {
        const { client, asked, logged } = one;
        const [who, other] = [people[index]!, people[1 - index]!];
        await client.setLoggingLevel('debug');
        const prompt = { prompt: `a word for ${who}` };
        const said = await Promise.all([
          one.text('everything__trigger-sampling-request', prompt),
          client.callTool({ name: 'everything__trigger-elicitation-request', arguments: {} }),
          one.text('everything__get-roots-list'),
          client.callTool({ name: 'everything__toggle-simulated-logging', arguments: {} }),
        ]);
        expect(said[0]).toContain(`${who} thinks`);
        expect(JSON.stringify(said[1])).toContain(`- Name: ${who}`);
        expect(said[2]).toContain(`/${who}`);
        expect(JSON.stringify(said)).not.toContain(`/${other}`);
        const methods = asked.map(({ method }) => method);
        expect(methods).toEqual(expect.arrayContaining(['sampling/createMessage', 'roots/list']));
        expect(methods.filter((method) => method === 'elicitation/create')).toHaveLength(1);
        expect(JSON.stringify(asked)).toContain(`a word for ${who}`);
        expect(JSON.stringify(asked)).not.toContain(`a word for ${other}`);
        expect(logged).toContainEqual(expect.stringMatching(/level[- ]message/i));
      }),
    );
  });

  it('server-filesystem reads what each client has for roots, and nothing else', async () => {
    const [alice, bob] = await Promise.all(people.map(connect));
    const note = (who: string) => ({ path: join(entries.folder, who, 'note.txt') });
    for (const [index, one] of [alice, bob].entries()) {
      const home = join(entries.folder, people[index]!);
      await until(async () => (await one!.text('files__list_allowed_directories')).endsWith(home), {
        what: 'the server never took the roots',
      });
    }
    expect(await alice!.text('files__read_text_file', note('alice'))).toBe('note of alice');
    expect(await bob!.text('files__read_text_file', note('bob'))).toBe('note of bob');
    expect(await bob!.text('files__read_text_file', note('alice'))).toMatch(/Access denied/);
  });

  it('server-memory of two sessions shares the file that its entry names', async () => {
    const [alice, bob] = await Promise.all(people.map(connect));
    const entities = [{ name: 'kong', entityType: 'gateway', observations: ['from alice'] }];
    await alice!.text('memory__create_entities', { entities });
    expect(await bob!.text('memory__read_graph')).toContain('from alice');
  });

  it('log messages reach the session that they are for', async () => {
    const both = await Promise.all(people.map(connect));
    const message = (who: string) =>
      `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"of ${who}"}}`;
    await Promise.all(
      both.map((one, index) => {
        const lines = [
          message(people[index]!),
          '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}',
        ];
        return one.text('own__raw', { lines });
      }),
    );
    expect(both.map(({ logged }) => logged)).toEqual([['of alice'], ['of bob']]);
  });

  it('each session has a child, ended by DELETE; calls without a session share one', async () => {
    const [alice, bob] = await Promise.all(people.map(connect));
    const pidOf = async (client: LegacyClient) => Number(await client.text('own__pid'));
    const pids = [await pidOf(alice!), await pidOf(bob!)] as const;
    expect(await pidOf(alice!)).toBe(pids[0]);
    expect(pids[1]).not.toBe(pids[0]);
    const tokens = await Promise.all(people.map((who) => mcp.token(who)));
    const loose = await Promise.all(
      tokens.map(async (token) => {
        const { message } = await callTool(mcp.resource, 'own__pid', {}, { token });
        return (message?.result as { content: { text: string }[] }).content[0]!.text;
      }),
    );
    expect(loose[0]).toBe(loose[1]);
    expect(pids.map(String)).not.toContain(loose[0]);
    await alice!.transport.terminateSession();
    await gone(pids[0]);
    expect(isAlive(pids[1])).toBe(true);
  });

  it('a caller who opens more sessions than there are children for loses the oldest child', async () => {
    const sessions = await Promise.all(['eve', 'eve', 'eve'].map(connect));
    const pids: number[] = [];
    for (const session of sessions) pids.push(Number(await session.text('own__pid')));
    // Each worker has its share of the children, and of it a caller a quarter, one at least.
    if (workersOfRun === 1) expect(pids.map(isAlive)).toEqual([false, true, true]);
    else expect(pids.filter(isAlive).length).toBeLessThanOrEqual(Math.max(2, workersOfRun));
  });

  it('a shared child that asks and logs reaches nobody', async () => {
    const [alice, bob] = await Promise.all(people.map(connect));
    const ask = { method: 'elicitation/create', params: { message: 'Password?' } };
    const lines = [log, '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}'];
    const told = await Promise.all([
      alice!.text('shared__ask', ask),
      bob!.text('shared__ask', { method: 'roots/list' }),
      alice!.text('shared__raw', { lines }),
      bob!.text('shared__raw', { lines }),
    ]);
    for (const text of told.slice(0, 2)) expect(text).toContain('"code":-32601');
    expect([...alice!.asked, ...bob!.asked, ...alice!.logged, ...bob!.logged]).toEqual([]);
  });

  it('none outlives the plugin server', async () => {
    const alice = await connect('alice');
    const pid = Number(await alice.text('own__pid'));
    const others = script.journal().filter((line) => line.startsWith('start'));
    await mcp.gateway.pluginServer.stop();
    await gone(pid);
    for (const line of others) await gone(Number(line.slice(6)));
  });
});
