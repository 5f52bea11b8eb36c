import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { storyAt } from '../../support/eras/story.js';
import { runInspector } from '../../support/inspector.js';
import type { Inspector } from '../../support/inspector.js';

/** Each run is a process of half a second, so the items are shared out among the endpoints. */
describe('the Inspector, in each of its eras', () => {
  let session: EraServer;
  let modern: EraServer;
  let gateway: Endpoints;

  beforeAll(async () => {
    [session, modern] = await Promise.all([startSessionServer(), startModernServer()]);
    const sessions = [{ name: 'session', url: session.url }];
    const moderns = [{ name: 'modern', url: modern.url }];
    gateway = await startEndpoints({ sessions, moderns, merged: [...sessions, ...moderns] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([session?.close(), modern?.close()]);
  });

  const texts = (answer: unknown) => JSON.stringify(answer);

  describe.each([
    ['legacy', '2025-11-25'],
    ['auto', '2026-07-28'],
    ['modern', '2026-07-28'],
  ] as const)('%s', (era, revision) => {
    const opened: Inspector[] = [];
    const open = async (url: string): Promise<Inspector> => {
      const inspector = await runInspector(url, { era });
      opened.push(inspector);
      return inspector;
    };
    afterAll(async () => {
      await Promise.all(opened.map((inspector) => inspector.close()));
    });

    it('servers with sessions', async () => {
      const inspector = await open(gateway.at('sessions'));
      const story = storyAt('', 'session');
      expect(await inspector.run('initialize')).toMatchObject({ protocolVersion: revision });
      const called = await inspector.call(story.echo, { message: 'hello' });
      expect(called).toMatchObject({ content: [{ text: 'echo: hello' }] });
    });

    it('modern servers', async () => {
      const inspector = await open(gateway.at('moderns'));
      const story = storyAt('', 'modern');
      const summed = await inspector.call(story.sum, { a: 2, b: 3 });
      expect(summed).toMatchObject({ structuredContent: { sum: 5 } });
      const read = await inspector.run('resources/read', '--uri', story.resource);
      expect(texts(read)).toContain('noted at note://today');
    });

    it('both merged', async () => {
      const inspector = await open(gateway.at('merged'));
      const { tools } = (await inspector.run('tools/list')) as { tools: { name: string }[] };
      const listed = tools.map(({ name }) => name);
      expect(listed).toEqual(expect.arrayContaining(['session__echo', 'modern__echo']));
      const story = storyAt('', era === 'legacy' ? 'modern' : 'session');
      const named = ['--prompt-name', story.prompt, '--prompt-args', 'name=Ann'];
      expect(texts(await inspector.run('prompts/get', ...named))).toContain('Greet Ann');
    });
  });
});
