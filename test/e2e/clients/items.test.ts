import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext, connectNextAs } from '../../support/any-client.js';
import type { AnyClient, Connect } from '../../support/any-client.js';
import { asSaid, behind, checks, directly } from '../../support/eras/checks.js';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { eraEntry } from '../../support/eras/stdio-server.js';
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
const checksOf = (server: string, client: string) =>
  Object.entries(checks).filter(
    ([name]) =>
      (server !== 'stdio' || !name.startsWith('log messages')) &&
      (client !== 'SDK v2 without' || !streamed.includes(name)),
  );
/** Not served yet to who has no session. */
const streamed = ['updates of the resource that is watched, and of no other', 'a tool that comes'];

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

    it.each(checksOf(name, client))('%s', async (_name, check) => {
      const seen = asSaid(await check(through, behind(name)), name);
      expect(seen).toEqual(asSaid(await check(straight, directly), name));
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
