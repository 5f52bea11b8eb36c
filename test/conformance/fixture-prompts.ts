import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { GetPromptResult, PromptMessage } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { png } from './fixture-tools.js';

type Content = PromptMessage['content'];

const said = (...contents: Content[]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: 'user', content })),
});
const text = (value: string): Content => ({ type: 'text', text: value });

/** The prompts that the official suite asks for by name. */
export function registerSuitePrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'Without arguments.' }, () =>
    said(text('This is a simple prompt for testing.')),
  );
  const word = z.string();
  const options = ['test-one', 'test-two', 'other'];
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'With two arguments.',
      argsSchema: {
        arg1: completable(word, (value) => options.filter((option) => option.startsWith(value))),
        arg2: word,
      },
    },
    ({ arg1, arg2 }) => said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Holds a resource.', argsSchema: { resourceUri: word } },
    ({ resourceUri }) =>
      said(
        {
          type: 'resource',
          resource: {
            uri: resourceUri,
            mimeType: 'text/plain',
            text: 'Embedded resource content for testing.',
          },
        },
        text('Please process the embedded resource above.'),
      ),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'Holds a picture.' }, () =>
    said({ type: 'image', data: png, mimeType: 'image/png' }, text('Please analyze the image.')),
  );
}
