import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { ServerProcess, socketFolder } from '../support/kong-socket/server-process.js';
import { workersOf } from '../support/kong-socket/workers.js';
import { projectFile } from '../support/project.js';
import { until } from '../support/readiness.js';

/** A plugin whose workers talk to each other; each event answers what it found. */
const source = `
import { setTimeout } from 'node:timers/promises';
import { siblings } from '${projectFile('dist/lib/workers/siblings.js')}';
const heard = [];
export async function ready() {
  siblings().onTold('news', (message, from) => heard.push([from, message]));
  siblings().onConnect('echo', (stream, hello, from) => {
    stream.write(JSON.stringify([from, siblings().slot, hello]) + '|');
    stream.pipe(stream);
  });
  siblings().announce(20_000 + process.pid % 10_000);
}
async function streamTo(slot, topic) {
  const stream = await siblings().connect(slot, topic, { why: 'test' });
  stream.end('x'.repeat(200_000));
  let text = '';
  for await (const chunk of stream) text += chunk;
  return [text.slice(0, text.indexOf('|')), text.length];
}
const all = () => Array.from({ length: siblings().count }, (_, slot) => slot);
const modes = {
  ports: async () => all().map((slot) => siblings().portOf(slot) ?? null),
  tell: async () => siblings().tell('news', { n: 7, from: siblings().slot }),
  'tell-much': async () => siblings().tell('news', 'x'.repeat(70_000)),
  heard: async () => heard,
  echo: async () => Promise.all(all().map((slot) => streamTo(slot, 'echo'))),
  nobody: async () => streamTo((siblings().slot + 1) % siblings().count, 'nobody'),
};
export class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    const about = { slot: siblings().slot, count: siblings().count, pid: process.pid };
    const found = await modes[this.config.mode]().catch((error) => error.name + ': ' + error.message);
    await kong.response.exit(200, JSON.stringify({ ...about, found }));
  }
}
export const Name = 'talker';
export const Version = '1.0.0';
export const Priority = 1000;
export const Schema = [{ mode: { type: 'string' } }];
`;

const folder = socketFolder();
const plugins = pluginsDirectory([], { talker: source });
const path = `${folder.path}/own.sock`;
const count = 3;
let server: ServerProcess;

beforeAll(async () => {
  server = await ServerProcess.listening(path, plugins.path, '--workers', String(count));
});
afterAll(async () => {
  await server?.stop();
  plugins.remove();
  folder.remove();
});

interface Said {
  readonly slot: number;
  readonly count: number;
  readonly pid: number;
  readonly found: unknown;
}

async function ask(mode: string): Promise<Said> {
  const kong = new KongWorker(path);
  const { body = '' } = await kong.event(await kong.start('talker', { mode }));
  kong.close();
  return JSON.parse(body) as Said;
}

/** What each worker says. */
async function askAll(mode: string): Promise<Said[]> {
  const said = new Map<number, Said>();
  await until(
    async () => {
      const each = await ask(mode);
      said.set(each.slot, each);
      return said.size === count;
    },
    { what: 'not every worker was asked' },
  );
  return [...said.values()].sort((a, b) => a.slot - b.slot);
}

const portOf = (pid: number): number => 20_000 + (pid % 10_000);

describe('the siblings of a worker', () => {
  test('have a slot each, and know where the others listen', async () => {
    const said = await askAll('ports');
    expect(said.map(({ slot }) => slot)).toEqual([0, 1, 2]);
    const ports = said.map(({ pid }) => portOf(pid));
    for (const each of said) expect(each).toMatchObject({ count, found: ports });
  });

  test('are told by one, and not the one itself', async () => {
    const { slot } = await ask('tell');
    const said = await askAll('heard');
    const news = [[slot, { n: 7, from: slot }]];
    expect(said.map(({ found }) => found)).toEqual(
      said.map((each) => (each.slot === slot ? [] : news)),
    );
  });

  test('are told little at a time', async () => {
    expect((await ask('tell-much')).found).toContain('above 65536');
  });

  test('take streams of each other and of themselves, whole, and know from whom', async () => {
    const { slot, found } = await ask('echo');
    const firsts = [0, 1, 2].map((to) => `[${slot},${to},{"why":"test"}]`);
    expect(found).toEqual(firsts.map((first) => [first, first.length + 1 + 200_000]));
  });

  test('refuse streams that nobody takes', async () => {
    expect((await ask('nobody')).found).toMatch(/^SiblingGoneError: worker \d cannot be reached$/);
  });

  test('find a new worker in the slot of a dead one', async () => {
    const before = await askAll('ports');
    const victim = before[1]!;
    process.kill(victim.pid, 'SIGKILL');
    await workersOf(server.child.pid ?? 0, count, [victim.pid]);
    const after = await askAll('ports');
    expect(after[1]!.pid).not.toBe(victim.pid);
    await until(async () => ((await ask('ports')).found as number[])[1] === portOf(after[1]!.pid), {
      what: 'the new port is not told',
    });
    const { found } = await ask('echo');
    expect((found as unknown[][]).map(([, length]) => Number(length) > 200_000)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('the private sockets', () => {
  const privateFolder = (): string =>
    `${folder.path}/${readdirSync(folder.path).find((name) => name.startsWith('.w'))}`;

  test('are in a folder for this user alone', () => {
    expect((statSync(privateFolder()).mode & 0o777).toString(8)).toBe('700');
    expect(readdirSync(privateFolder()).sort()).toEqual(['0', '1', '2']);
  });

  test.each([
    ['no token', '{"topic":"echo","from":1,"hello":1}\n'],
    ['another token', `${'A'.repeat(43)} {"topic":"echo","from":1,"hello":1}\n`],
    ['a token of another length', 'A {"topic":"echo","from":1,"hello":1}\n'],
    ['a first line without end', 'A'.repeat(70_000)],
  ])('close on %s without a word', async (_what, text) => {
    const socket = connect(`${privateFolder()}/0`);
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    expect(said).toBe('');
  });
});
