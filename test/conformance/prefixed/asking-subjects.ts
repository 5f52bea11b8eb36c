import { expect } from 'vitest';
import type { Side } from './side.js';
import type { Subject } from './subject.js';

const prompt = 'What is it?';
const message = 'Please tell';

interface Expected {
  readonly tool: string;
  readonly args: Record<string, unknown>;
  /** What the tool then answers. */
  readonly text: RegExp;
  readonly asked: object;
}

const asking =
  ({ tool, args, text, asked }: Expected): Subject =>
  async ({ alike, check }) => {
    const observe = async (side: Side) => {
      side.asked.length = 0;
      const result = await side.client.callTool({ name: side.name(tool), arguments: args });
      return { result, asked: side.asked.splice(0) };
    };
    const content = [{ type: 'text', text: expect.stringMatching(text) }];
    const seen = await alike(observe, { result: { content }, asked: [asked] });
    const { params = {} } = seen.asked[0]!;
    check(params['_meta'], { 'kong-plugin-mcp/server': 'suite' });
    if ('message' in params) check(params['message'], `[suite] ${message}`);
  };

const form = (tool: string, properties: object): Subject =>
  asking({
    tool,
    args: { message },
    text: /action=accept, content=\{"username":"ann","email":"a@b.test".*\}$/,
    asked: {
      method: 'elicitation/create',
      params: { mode: 'form', message, requestedSchema: { type: 'object', properties } },
    },
  });

/** What tools ask clients with sessions, by the suite's scenario. */
export const askingSubjects: Readonly<Record<string, Subject>> = {
  'tools-call-sampling': asking({
    tool: 'test_sampling',
    args: { prompt },
    text: /^LLM response: .*a thought/,
    asked: {
      method: 'sampling/createMessage',
      params: {
        maxTokens: 100,
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
      },
    },
  }),
  'tools-call-elicitation': form('test_elicitation', {
    username: { type: 'string' },
    email: { type: 'string' },
  }),
  'elicitation-sep1034-defaults': form('test_elicitation_sep1034_defaults', {
    name: { default: 'John Doe' },
    age: { default: 30 },
    score: { default: 95.5 },
    status: { default: 'active' },
    verified: { default: true },
  }),
  'elicitation-sep1330-enums': form('test_elicitation_sep1330_enums', {
    untitledSingle: { enum: ['option1', 'option2', 'option3'] },
    titledSingle: { oneOf: [{ const: 'value1', title: 'Option 1' }, {}, {}] },
    legacyEnum: { enumNames: ['Option One', 'Option Two', 'Option Three'] },
    untitledMulti: { items: { enum: ['option1', 'option2', 'option3'] } },
    titledMulti: { items: { anyOf: [{ const: 'value1', title: 'Choice 1' }, {}, {}] } },
  }),
};
