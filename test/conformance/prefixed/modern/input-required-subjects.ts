import { expect } from 'vitest';
import type { Side } from '../side.js';
import type { Subject } from '../subject.js';
import { answers } from '../answers.js';
import { modernRpc } from './modern-rpc.js';
import { answersTo, comeback, round, story } from './rounds.js';
import type { Askable, Asked } from './rounds.js';

const form = (message: string, field: string): Asked => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties: { [field]: {} } } },
});
const completion = (text: string): Asked => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text } }] },
});
const said = (text: unknown) => ({ content: [{ type: 'text', text }] });
const name = form('What is your name?', 'name');
const elicitation: Askable = { name: 'test_input_required_result_elicitation' };

/** A request that is answered once everything is that it asks; twice the same story. */
const asking =
  (request: Askable, asked: readonly Asked[], result: object): Subject =>
  async ({ alike, check }) => {
    const last = { ...result, resultType: 'complete' };
    const contents = { asked, result: last };
    const seen = await alike((side) => story(side, request), contents);
    check(seen.types.at(-1), 'complete');
    const messages = (all: readonly Asked[]) => all.flatMap(({ params }) => params?.message ?? []);
    check(
      messages(seen.asked),
      messages(asked).map((own) => `[suite] ${own}`),
    );
  };

const tool = (own: string): Askable => ({ name: `test_input_required_result_${own}` });

const stories: Readonly<Record<string, Subject>> = {
  'basic-elicitation': asking(elicitation, [name], said('Hello, Ann!')),
  'basic-sampling': asking(
    tool('sampling'),
    [completion('What is the capital of France?')],
    said(expect.stringContaining('a thought')),
  ),
  'basic-list-roots': asking(
    tool('list_roots'),
    [{ method: 'roots/list' }],
    said('file:///home/ann'),
  ),
  'request-state': asking(tool('request_state'), [form('Please confirm', 'ok')], said('state-ok')),
  'multiple-input-requests': asking(
    tool('multiple_inputs'),
    [name, { method: 'roots/list' }, completion('Generate a greeting')],
    said(expect.stringMatching(/Ann.*a thought.*home/)),
  ),
  'multi-round': asking(
    tool('multi_round'),
    [
      form('Step 1: What is your name?', 'name'),
      form('Step 2: What is your favorite color?', 'color'),
    ],
    said('Ann likes blue'),
  ),
  'non-tool-request': asking(
    { method: 'prompts/get', name: 'test_input_required_result_prompt' },
    [form('What context should the prompt use?', 'context')],
    { messages: [{ role: 'user', content: { type: 'text', text: 'In context: a test' } }] },
  ),
};

const form0 = answers['elicitation/create'];

/** What a client comes back with that is not what it was asked for, and what becomes of it. */
const cameBack = (wrong: (asked: Record<string, unknown>) => object) => async (side: Side) => {
  const first = await round({ side, request: elicitation });
  const more = comeback(first.result, wrong(answersTo(first.requests)));
  const { result, requests, error } = await round({ side, request: elicitation, more });
  const { resultType, content } = result;
  return { resultType, content, code: error?.code, asked: Object.values(requests) };
};

const oddities: Readonly<Record<string, Subject>> = {
  'missing-input-response': async ({ alike }) => {
    const again = { resultType: 'input_required', asked: [name] };
    await alike(
      cameBack(() => ({ another: form0 })),
      again,
    );
  },
  'ignore-extra-params': async ({ alike }) => {
    const answered = { resultType: 'complete', ...said('Hello, Ann!') };
    await alike(
      cameBack((right) => ({ ...right, another: form0, third: form0 })),
      answered,
    );
  },
  'validate-input': async ({ alike }) => {
    // Asked again or refused: both are right.
    const isTaken = async (side: Side) => {
      const wrong = (right: object) =>
        Object.fromEntries(Object.keys(right).map((key) => [key, 1]));
      const { resultType, code } = await cameBack(wrong)(side);
      return resultType !== 'input_required' && code !== -32602;
    };
    await alike(isTaken, false);
  },
  'result-type': async ({ alike, check }) => {
    const { types } = await alike((side) => story(side, elicitation), {
      types: ['input_required', 'complete'],
    });
    check(types, ['input_required', 'complete']);
  },
  'tampered-state': async ({ alike }) => {
    const tampered = async (side: Side) => {
      const request = tool('tampered_state');
      const { result, requests } = await round({ side, request });
      const { requestState } = result;
      const state = { requestState: `${String(requestState)}-TAMPERED` };
      const more = { ...comeback(result, answersTo(requests)), ...state };
      const { error } = await round({ side, request, more });
      return { state: typeof requestState, code: error?.code };
    };
    await alike(tampered, { state: 'string', code: -32602 });
  },
  'capability-check': async ({ alike }) => {
    const asked = (capabilities: object) => async (side: Side) => {
      const { requests } = await round({
        side,
        request: tool('capabilities'),
        options: { capabilities },
      });
      return Object.values(requests).map(({ method }) => method);
    };
    await alike(asked({ sampling: {} }), ['sampling/createMessage']);
    await alike(asked({ elicitation: { form: {} } }), ['elicitation/create']);
    await alike(asked({}), []);
  },
  'unsupported-methods': async ({ alike }) => {
    const types = async ({ url }: Side) => {
      const params = { inputResponses: { one: form0 } };
      const lists = ['tools/list', 'prompts/list', 'resources/list'];
      const listed = await Promise.all(lists.map((method) => modernRpc(url, method, params)));
      return listed.map(({ message }) => message?.result?.['resultType']);
    };
    await alike(types, ['complete', 'complete', 'complete']);
  },
};

/** What is asked of clients without sessions, by the suite's scenario. */
export const inputRequiredSubjects: Readonly<Record<string, Subject>> = Object.fromEntries(
  Object.entries({ ...stories, ...oddities }).map(([own, subject]) => [
    `input-required-result-${own}`,
    subject,
  ]),
);
