import { expect } from 'vitest';
import { until } from '../../support/readiness.js';
import { png } from '../fixture/items/content.js';
import type { Side } from './side.js';
import type { Subject } from './subject.js';

const text = 'test://static-text';
const watched = 'test://watched-resource';
const template = 'test://template/{id}/data';

const read =
  (uri: string, contents: object): Subject =>
  async ({ alike, check }) => {
    const seen = await alike((side) => side.client.readResource({ uri: side.uri(uri) }), {
      contents: [{ uri, ...contents }],
    });
    check(seen.contents[0]?.uri, `mcp+suite+${uri}`);
  };

const updates = ({ heard }: Side) =>
  heard
    .filter(({ method }) => method === 'notifications/resources/updated')
    .map(({ params }) => params?.['uri']);

/** Subscribes to a resource, has the fixture change it, and answers what is heard. */
const subscribed = (uri: string) => async (side: Side) => {
  side.heard.length = 0;
  const answer = await side.client.subscribeResource({ uri: side.uri(uri) });
  await side.fixture.change(uri);
  await until(() => updates(side).length > 0, { what: 'no update came' });
  return { answer, updates: updates(side) };
};

/** What is had of resources in either era, by the suite's scenario. */
export const resourceSubjects: Readonly<Record<string, Subject>> = {
  'resources-list': async ({ alike, check, through }) => {
    const own = async (side: Side) => {
      const { resources } = await side.client.listResources();
      return resources.filter(({ uri }) => side.owns(uri));
    };
    const found = await alike(own, [{ uri: text }, { uri: watched }, { name: 'static-binary' }]);
    check(found[0]?.uri, `mcp+suite+${text}`);
    check(
      JSON.stringify(await through.client.listResources()),
      expect.stringContaining('mcp+everything+'),
    );
  },
  'resources-read-text': read(text, {
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  }),
  'resources-read-binary': read('test://static-binary', { mimeType: 'image/png', blob: png }),
  'resources-templates-read': async (context) => {
    const own = async (side: Side) => {
      const { resourceTemplates } = await side.client.listResourceTemplates();
      return resourceTemplates.filter(({ uriTemplate }) => side.owns(uriTemplate));
    };
    const [found] = await context.alike(own, [{ uriTemplate: template }]);
    context.check(found?.uriTemplate, `mcp+suite+${template}`);
    const data = { mimeType: 'application/json', text: expect.stringContaining('"id":"123"') };
    await read('test://template/123/data', data)(context);
  },
};

/** What clients with sessions subscribe to. */
export const subscriptionSubjects: Readonly<Record<string, Subject>> = {
  'resources-subscribe': async (context) => {
    const seen = await context.alike(subscribed(watched), {
      answer: {},
      updates: [watched],
    });
    context.check(seen.updates, [`mcp+suite+${watched}`]);
    for (const side of [context.through, context.direct]) {
      await side.client.unsubscribeResource({ uri: side.uri(watched) });
    }
  },
  'resources-unsubscribe': async ({ alike, check }) => {
    const ended = async (side: Side) => {
      await subscribed(watched)(side);
      const answer = await side.client.unsubscribeResource({ uri: side.uri(watched) });
      side.heard.length = 0;
      // A server without sessions may be told a moment later.
      const isUntold = async () => (await side.fixture.change(watched)) === 0;
      await until(isUntold, { what: 'the server is still subscribed to' });
      return { answer, updates: updates(side) };
    };
    const seen = await alike(ended, { answer: {}, updates: [] });
    check(seen.updates, []);
  },
};
