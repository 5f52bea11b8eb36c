import { expect } from 'vitest';
import { png } from '../fixture/items/content.js';
import { jobs } from '../fixture/tasks/jobs.js';
import type { Side } from './side.js';
import type { Subject } from './subject.js';

interface Content {
  readonly type: string;
  readonly text?: string;
  readonly resource?: { readonly uri: string };
}

const call =
  (name: string, args: Record<string, unknown> = {}) =>
  async (side: Side) => {
    const result = await side.client.callTool({ name: side.name(name), arguments: args });
    return result as { content: Content[]; isError?: boolean };
  };

/** One call whose result alone counts. */
const result =
  (name: string, contents: object): Subject =>
  async ({ alike }) =>
    void (await alike(call(name), contents));

const withUri =
  (name: string, contents: object, uri: string): Subject =>
  async ({ alike, check }) => {
    const { content } = await alike(call(name), contents);
    check(content.find(({ type }) => type === 'resource')?.resource?.uri, `mcp+suite+${uri}`);
  };

const embedded = (uri: string, mimeType: string, text: string) => ({
  type: 'resource',
  resource: { uri, mimeType, text },
});
const image = { type: 'image', data: png, mimeType: 'image/png' };

const taskTools = new RegExp(`(^|__)(${['greet', ...Object.keys(jobs)].join('|')})$`);

/** What the tools are and answer in either era, by the suite's scenario. */
export const toolSubjects: Readonly<Record<string, Subject>> = {
  'tools-list': async ({ alike, check, through }) => {
    const own = async (side: Side) => {
      const { tools } = await side.client.listTools();
      // The tools of tasks are of one era alone.
      return tools.filter(({ name }) => side.owns(name) && !taskTools.test(name));
    };
    const [first] = await alike(
      own,
      expect.arrayContaining([expect.objectContaining({ name: 'test_simple_text' })]),
    );
    check(first?.name.startsWith('suite__'), true);
    const names = (await through.client.listTools()).tools.map(({ name }) => name);
    check(names, expect.arrayContaining(['everything__echo', 'memory__read_graph']));
  },
  'tools-call-simple-text': result('test_simple_text', {
    content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
  }),
  'tools-call-image': result('test_image_content', { content: [image] }),
  'tools-call-audio': result('test_audio_content', {
    content: [{ type: 'audio', mimeType: 'audio/wav', data: expect.stringMatching(/^UklGR/) }],
  }),
  'tools-call-embedded-resource': withUri(
    'test_embedded_resource',
    {
      content: [
        embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
      ],
    },
    'test://embedded-resource',
  ),
  'tools-call-mixed-content': withUri(
    'test_multiple_content_types',
    {
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        embedded(
          'test://mixed-content-resource',
          'application/json',
          '{"test":"data","value":123}',
        ),
      ],
    },
    'test://mixed-content-resource',
  ),
  'tools-call-error': result('test_error_handling', {
    isError: true,
    content: [{ type: 'text', text: 'This tool intentionally returns an error for testing' }],
  }),
  'tools-call-with-progress': async ({ alike }) => {
    const steps = (side: Side) => side.withProgress(side.name('test_tool_with_progress'), {});
    const told = [0, 50, 100].map((progress) => ({ progress, total: 100 }));
    await alike(steps, [{ content: [{ type: 'text', text: 'done' }] }, told]);
  },
};

/** What tools log to clients with sessions. */
export const loggingSubjects: Readonly<Record<string, Subject>> = {
  'tools-call-with-logging': async ({ alike }) => {
    const heard = async (side: Side) => {
      side.heard.length = 0;
      await call('test_tool_with_logging')(side);
      return side.heard.splice(0);
    };
    const said = ['Tool execution started', 'Tool processing data', 'Tool execution completed'];
    const messages = said.map((data) => ({
      method: 'notifications/message',
      params: { level: 'info', data },
    }));
    await alike(heard, messages);
  },
};
