import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectNext, connectNextAs } from '../../support/any-client.js';
import type { AnyClient, Connect } from '../../support/any-client.js';
import { asSaid, behind, checks, directly } from '../../support/eras/checks.js';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';

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

/** Each server with the client that needs no bridge to it. */
const servers: [string, () => Promise<EraServer>, Connect][] = [
  ['session', startSessionServer, connectNext],
  ['modern', startModernServer, modernClient],
];
const clients: [string, Connect][] = [
  ['SDK v1', connectFirst],
  ['SDK v2 in a session', connectNext],
];

describe.each(servers)('every item of a server: %s', (name, start, native) => {
  let server: EraServer;
  let gateway: Endpoints;
  let direct: AnyClient;

  beforeAll(async () => {
    server = await start();
    gateway = await startEndpoints({ mcp: [{ name, url: server.url }] });
    direct = await native(server.url, answers);
  });
  afterAll(async () => {
    await direct?.client.close();
    await gateway?.stop();
    await server?.close();
  });

  describe.each(clients)('as directly for %s', (_, connect) => {
    let through: AnyClient;
    beforeAll(async () => {
      through = await connect(gateway.at('mcp'), answers);
    });
    afterAll(async () => {
      await through?.client.close();
    });

    it.each(Object.entries(checks))('%s', async (_name, check) => {
      const seen = asSaid(await check(through, behind(name)), name);
      expect(seen).toEqual(asSaid(await check(direct, directly), name));
    });

    it.each(['decline', 'cancel'])('a form that the user answers by %s', async (action) => {
      const given = answers['elicitation/create'];
      answers['elicitation/create'] = { action };
      try {
        const seen = asSaid(await checks['a form']!(through, behind(name)), name);
        expect(seen).toMatchObject({ result: { content: [{ text: action }] } });
        expect(seen).toEqual(asSaid(await checks['a form']!(direct, directly), name));
      } finally {
        answers['elicitation/create'] = given;
      }
    });
  });
});
