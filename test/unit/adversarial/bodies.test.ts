import { afterAll, beforeAll } from 'vitest';
import { FakeUpstream, tool } from '../../support/aggregate/fake-upstream.js';
import { startHarness } from '../../support/aggregate/harness.js';
import type { Harness } from '../../support/aggregate/harness.js';
import {
  memberShapes,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';
import { askedOperations } from '../../../plugins/mcp-oauth/core/asked-operations.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(() => harness.stop());

const head = '{"jsonrpc":"2.0","id":1,"method":"tools/call"';
const call = (more: string) => Buffer.from(`${head},"params":{"name":"one__t"${more}}}`);
const message = (more: string) => Buffer.from(`${head}${more},"params":{"name":"one__t"}}`);
const note = (more: string) => `{"jsonrpc":"2.0","method":"n"${more}}`;
const noteBytes = note('').length + 1;

const hostile = {
  ...placed(memberShapes, 'the envelope', (text) => message(`,${text}`)),
  ...placed(memberShapes, 'params', (text) => call(`,${text}`)),
  ...placed(memberShapes, '_meta', (text) => call(`,"_meta":{${text}}`)),
  ...placed(memberShapes, 'ref', (text) => call(`,"ref":{${text}}`)),
  ...placed(memberShapes, 'arguments', (text) => call(`,"arguments":{${text}}`)),
  ...placed(valueShapes, 'arguments', (text) => call(`,"arguments":{"x":${text}}`)),
  ...placed(valueShapes, 'params', (text) => call(`,"x":${text}`)),
  ...placed(valueShapes, '_meta', (text) => call(`,"_meta":{"x":${text}}`)),
  ...placed(valueShapes, 'the envelope', (text) => message(`,"x":${text}`)),
  ...placed(valueShapes, 'the id', (text) => Buffer.from(`{"jsonrpc":"2.0","id":${text}}`)),
  ...placed(valueShapes, 'the version', (text) => Buffer.from(`{"jsonrpc":${text}}`)),
  ...placed(valueShapes, 'the whole', (text) => Buffer.from(text)),
  'a batch of tiny messages': (bytes: number) =>
    Buffer.from(`[${Array.from({ length: bytes / noteBytes - 1 }, () => note('')).join(',')}]`),
  'a batch whose messages have many members': (bytes: number) => {
    const members = Array.from({ length: 120 }, (_, n) => `"k${n}":0`).join(',');
    const one = note(`,${members},"params":{${members},"_meta":{${members}}}`);
    const count = Math.min(100, Math.floor(bytes / (one.length + 1)));
    return Buffer.from(`[${Array.from({ length: count }, () => one).join(',')}]`);
  },
};

worstShape({
  input: 'a body at mcp-aggregate',
  from: 'a caller',
  bytes: 1_048_576,
  honest: (bytes) => call(`,"arguments":{"issues":${records(bytes - 200)}}`),
  hostile,
  run: (body) => harness.access({ body }),
});

const headers = { 'content-type': 'application/json' };

worstShape({
  input: 'a body that rules of mcp-oauth look into',
  from: 'a caller',
  bytes: 1_048_576,
  honest: (bytes) => call(`,"arguments":{"issues":${records(bytes - 200)}}`),
  hostile,
  run: (body) =>
    askedOperations({ headers, method: 'POST', readBody: () => Promise.resolve(body) }, 1_048_576),
});
