import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext, connectNextAs } from '../../support/any-client.js';
import type { AnyClient, Connect } from '../../support/any-client.js';
import { asSaid, behind, checks, directly } from '../../support/eras/checks.js';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { names } from '../../support/eras/items.js';
import { startModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { eraEntry } from '../../support/eras/stdio-server.js';
import { until } from '../../support/readiness.js';
import { stdioFile } from '../../support/upstreams/stdio-file.js';

const answers: Record<string, unknown> = {
  'sampling/createMessage': {
    role: 'assistant',
    model: 'test',
    content: { type: 'text', text: 'a thought' },
  },
  'elicitation/create': { action: 'accept', content: { seat: '12A' } },
  'roots/list': { roots: [{ uri: 'file:///home/ann', name: 'home' }] },
};

const modernClient = connectNextAs('auto');

/** Each server with its like that is asked directly, by the client that needs no bridge to it. */
const servers: [name: string, like: 'session' | 'modern', native: Connect][] = [
  ['session', 'session', connectNext],
  ['modern', 'modern', modernClient],
  ['stdio', 'modern', modernClient],
];
const clients: [string, Connect][] = [
  ['SDK v1', connectFirst],
  ['SDK v2 in a session', connectNext],
  ['SDK v2 without', modernClient],
];

/** What a process that all callers share logs belongs to nobody. */
const checksOf = (server: string) =>
  Object.entries(checks).filter(([name]) => server !== 'stdio' || !name.startsWith('log messages'));

describe('every item', () => {
  const stdio = stdioFile((folder) => ({ stdio: eraEntry(folder, 'reject') }));
  let direct: Record<'session' | 'modern', EraServer>;
  let gateway: Endpoints;

  beforeAll(async () => {
    const [session, modern] = await Promise.all([startSessionServer(), startModernServer()]);
    direct = { session, modern };
    gateway = await startEndpoints(
      {
        session: [{ name: 'session', url: session.url }],
        modern: [{ name: 'modern', url: modern.url }],
        stdio: [{ name: 'stdio', stdio: 'stdio' }],
      },
      stdio.env,
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([direct?.session.close(), direct?.modern.close()]);
    stdio.remove();
  });

  describe.each(
    servers.flatMap(([name, like, native]) =>
      clients.map(([client, connect]) => ({ name, like, native, client, connect })),
    ),
  )('of a server ($name) as directly for $client', ({ name, like, native, client, connect }) => {
    let through: AnyClient;
    let straight: AnyClient;
    beforeAll(async () => {
      [through, straight] = await Promise.all([
        connect(gateway.at(name), answers),
        native(direct[like].url, answers),
      ]);
    });
    afterAll(async () => {
      await Promise.all([through?.client.close(), straight?.client.close()]);
    });

    it.each(checksOf(name))('%s', async (_name, check) => {
      const seen = asSaid(await check(through, behind(name)), name);
      expect(seen).toEqual(asSaid(await check(straight, directly), name));
    });

    it('a call that nobody wants any more is ended at the server', async ({ skip }) => {
      if (name === 'stdio') skip();
      const { running } = direct[like];
      const before = running.size;
      const leaving = new AbortController();
      const call = through.whileWanted(behind(name).name(names.wait), leaving.signal);
      await until(() => running.size > before, { what: 'no call began' });
      const signal = [...running].at(-1);
      leaving.abort();
      await expect(call).rejects.toThrow();
      await until(() => signal?.aborted, { what: 'the server goes on' });
    });

    it('a resource that is not there has the code of the client', async () => {
      const { code } = await through.client
        .readResource({ uri: behind(name).uri('note://no/where') })
        .then(
          () => ({ code: undefined }),
          (error: unknown) => error as { code: unknown },
        );
      // SDK v1's server says -32602 itself, and SDK v2's client reads -32002 as that.
      const translated = client === 'SDK v1' && like === 'modern';
      expect(code).toBe(translated ? -32002 : -32602);
    });

    it.each(['decline', 'cancel'])('a form that the user answers by %s', async (action) => {
      const given = answers['elicitation/create'];
      answers['elicitation/create'] = { action };
      try {
        const seen = asSaid(await checks['a form']!(through, behind(name)), name);
        expect(seen).toMatchObject({ result: { content: [{ text: action }] } });
        expect(seen).toEqual(asSaid(await checks['a form']!(straight, directly), name));
      } finally {
        answers['elicitation/create'] = given;
      }
    });
  });
});
