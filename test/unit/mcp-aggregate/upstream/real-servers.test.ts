import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  collect,
  only,
  stdioUpstream,
  testCall,
  urlUpstream,
} from '../../../support/upstreams/under-test.js';
import { startServerEverything } from '../../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../../support/upstreams/server-everything.js';

const resolve = (path: string) => createRequire(import.meta.url).resolve(path);
const forever = new AbortController().signal;

async function toolNames(upstream: Upstream): Promise<string[]> {
  const { items } = await upstream.list('tool', forever);
  return items.map((item) => (JSON.parse(item.toString()) as { name: string }).name);
}

function textOf(event: unknown): string {
  return JSON.parse((event as { done: string }).done).content[0].text;
}

describe('server-everything over Streamable HTTP', () => {
  let server: RunningServer;
  let upstream: Upstream;

  beforeAll(async () => {
    server = await startServerEverything();
    upstream = urlUpstream(server.url, { name: 'everything' });
  });

  afterAll(async () => {
    await upstream.close();
    await server.close();
  });

  it('lists its tools', async () => {
    expect(await toolNames(upstream)).toContain('echo');
    expect(upstream.status()).toMatchObject({ state: 'ready', lastError: undefined });
  });

  it('calls a tool', async () => {
    const event = await only(
      upstream.call(testCall({ name: 'echo', arguments: { message: 'hi' } })),
    );
    expect(textOf(event)).toBe('Echo: hi');
  });

  it("streams progress under the caller's own token", async () => {
    const params = {
      name: 'trigger-long-running-operation',
      arguments: { duration: 0.3, steps: 3 },
      _meta: { progressToken: 'mine' },
    };
    const events = await collect(upstream.call(testCall(params)));
    const notes = events.flatMap((event) =>
      'note' in event && event.note === 'notifications/progress' ? [event.params!] : [],
    );
    expect(notes.map((note) => JSON.parse(note))).toEqual([
      { progressToken: 'mine', progress: 1, total: 3 },
      { progressToken: 'mine', progress: 2, total: 3 },
      { progressToken: 'mine', progress: 3, total: 3 },
    ]);
    expect(textOf(events.at(-1))).toContain('Long running operation completed');
  });
});

describe('server-filesystem and server-memory over stdio', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'mcp-files-')));
    await writeFile(join(folder, 'note.txt'), 'four words in here');
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('reads a file through server-filesystem', async () => {
    const entry = resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
    const upstream = stdioUpstream({ command: process.execPath, args: [entry, folder] });
    try {
      expect(await toolNames(upstream)).toContain('read_text_file');
      const params = { name: 'read_text_file', arguments: { path: join(folder, 'note.txt') } };
      const event = await only(upstream.call(testCall(params)));
      expect(textOf(event)).toBe('four words in here');
    } finally {
      await upstream.close();
    }
  });

  it('shares one server-memory between callers', async () => {
    const entry = resolve('@modelcontextprotocol/server-memory/dist/index.js');
    const upstream = stdioUpstream({
      command: process.execPath,
      args: [entry],
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    });
    try {
      const entity = {
        name: 'Ada',
        entityType: 'person',
        observations: ['wrote the first program'],
      };
      const create = { name: 'create_entities', arguments: { entities: [entity] } };
      await only(upstream.call(testCall(create, { context: 'a' })));
      const read = { name: 'read_graph', arguments: {} };
      const event = await only(upstream.call(testCall(read, { context: 'b' })));
      expect(JSON.parse(textOf(event)).entities).toEqual([entity]);
    } finally {
      await upstream.close();
    }
  });
});
