import { expect } from 'vitest';
import { png } from '../fixture/items/content.js';
import type { Side } from './side.js';
import type { Subject } from './subject.js';

const get = (name: string, args: Record<string, string>) => (side: Side) =>
  side.client.getPrompt({ name: side.name(name), arguments: args });

const prompt =
  (name: string, args: Record<string, string>, ...contents: object[]): Subject =>
  async ({ alike }) => {
    const messages = contents.map((content) => ({ role: 'user', content }));
    await alike(get(name, args), { messages });
  };

const names = [
  'simple_prompt',
  'prompt_with_arguments',
  'prompt_with_embedded_resource',
  'prompt_with_image',
  'input_required_result_prompt',
  'changing_prompt',
];

const text = (value: string) => ({ type: 'text', text: value });
const embeddedUri = 'test://example-resource';

/** What is had of prompts and completion, by the suite's scenario. */
export const promptSubjects: Readonly<Record<string, Subject>> = {
  'prompts-list': async ({ alike, check, through }) => {
    const own = async (side: Side) => {
      const { prompts } = await side.client.listPrompts();
      return prompts.filter(({ name }) => side.owns(name));
    };
    const found = await alike(
      own,
      names.map((name) => ({ name: `test_${name}` })),
    );
    check(found[0]?.name, 'suite__test_simple_prompt');
    const every = (await through.client.listPrompts()).prompts.map(({ name }) => name);
    check(every, expect.arrayContaining(['everything__simple-prompt']));
  },
  'prompts-get-simple': prompt(
    'test_simple_prompt',
    {},
    text('This is a simple prompt for testing.'),
  ),
  'prompts-get-with-args': prompt(
    'test_prompt_with_arguments',
    { arg1: 'hello', arg2: 'test://static-text' },
    text("Prompt with arguments: arg1='hello', arg2='test://static-text'"),
  ),
  'prompts-get-embedded-resource': async ({ alike, check }) => {
    const name = 'test_prompt_with_embedded_resource';
    const resource = { uri: embeddedUri, mimeType: 'text/plain' };
    const embedded = { role: 'user', content: { type: 'resource', resource } };
    const asked = get(name, { resourceUri: embeddedUri });
    const { messages } = await alike(asked, { messages: [embedded, {}] });
    check(messages[0]?.content, { resource: { uri: `mcp+suite+${embeddedUri}` } });
  },
  'prompts-get-with-image': prompt(
    'test_prompt_with_image',
    {},
    { type: 'image', data: png, mimeType: 'image/png' },
    text('Please analyze the image.'),
  ),
  'completion-complete': async ({ alike }) => {
    const values = (...found: string[]) => ({ completion: { values: found } });
    const ofPrompt = (side: Side) =>
      side.client.complete({
        ref: { type: 'ref/prompt', name: side.name('test_prompt_with_arguments') },
        argument: { name: 'arg1', value: 'test' },
      });
    await alike(ofPrompt, values('test-one', 'test-two'));
    const ofTemplate = (side: Side) =>
      side.client.complete({
        ref: { type: 'ref/resource', uri: side.uri('test://template/{id}/data') },
        argument: { name: 'id', value: '12' },
      });
    await alike(ofTemplate, values('123', '124'));
  },
};
