import { afterAll, beforeAll } from 'vitest';
import { catalogueOf } from '../../../bench/discovery/catalogue.js';
import { termsOf } from '../../../plugins/mcp-aggregate/core/discovery/terms.js';
import { toolTerms } from '../../../plugins/mcp-aggregate/core/discovery/tool-terms.js';
import { ToolIndex } from '../../../plugins/mcp-aggregate/core/discovery/tool-index.js';
import type { PreparedItem } from '../../../plugins/mcp-aggregate/core/items/prepare-item.js';
import { askedOperations } from '../../../plugins/mcp-oauth/core/asked-operations.js';
import { FakeUpstream, tool } from '../../support/aggregate/fake-upstream.js';
import { kongConfig, startHarness } from '../../support/aggregate/harness.js';
import type { Harness } from '../../support/aggregate/harness.js';
import {
  memberShapes,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const real = catalogueOf(500);

/** Tools of about so many bytes in all. */
function filled(bytes: number, make: (n: number) => object | string): readonly PreparedItem[] {
  const tools: PreparedItem[] = [];
  for (let n = 0, left = bytes; left > 0; n++) {
    const made = make(n);
    const raw = Buffer.from(typeof made === 'string' ? made : JSON.stringify(made));
    left -= raw.length;
    tools.push({ name: `server__tool_${n}`, original: `tool_${n}`, claim: 'own', raw });
  }
  return tools;
}

const described = (text: (n: number) => string) => (bytes: number) =>
  filled(bytes, (n) => ({ description: text(n) }));
const withArguments = (text: (n: number, at: number) => string, count: number) => (bytes: number) =>
  filled(bytes, (n) => {
    const all = Array.from({ length: count }, (_, at) => [
      text(n, at),
      { description: text(at, n) },
    ]);
    return { inputSchema: { type: 'object', properties: Object.fromEntries(all) } };
  });
const word = (n: number) => (n * 7_919 + 1_000_003).toString(36);
const raw = (text: string) => (bytes: number) => filled(bytes, () => text);

worstShape({
  input: 'a catalogue to search in',
  from: 'a server',
  bytes: 1_048_576,
  honest: (bytes) => {
    const text = real.map((one) => one.raw.toString());
    return filled(bytes, (n) => text[n % text.length]!);
  },
  hostile: {
    'new words alone': described((n) =>
      Array.from({ length: 99 }, (_, at) => word(n * 99 + at)).join(' '),
    ),
    'long new words with one beginning': described((n) =>
      Array.from({ length: 60 }, (_, at) => 'x'.repeat(24) + word(n * 60 + at)).join(' '),
    ),
    'words of one letter': described(() => 'b c d f g h j k '.repeat(250)),
    humps: described(() => 'aB'.repeat(2_000)),
    'one long word': described(() => 'x'.repeat(4_000)),
    'nothing but spaces': described(() => ' '.repeat(4_000)),
    marks: described(() => '-_.,'.repeat(1_000)),
    Han: described((n) =>
      String.fromCodePoint(
        ...Array.from({ length: 1_300 }, (_, at) => 0x4e00 + ((n + at * 37) % 20_000)),
      ),
    ),
    escapes: raw(`{"description":"${'\\u0061\\n'.repeat(500)}"}`),
    'long escapes': raw(`{"description":"${'\\u0061'.repeat(50_000)}"}`),
    'one long text': raw(`{"description":"${'long text '.repeat(50_000)}"}`),
    'nothing in each': raw('{}'),
    'many members': raw(`{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":0`).join(',')}}`),
    'one member again and again': raw(`{${'"description":"x",'.repeat(5_000)}"title":""}`),
    'many arguments': withArguments((n, at) => `a${n * 64 + at}`, 64),
    'too many arguments': withArguments((n, at) => `a${n * 1_500 + at}`, 1_500),
    'arguments with long names': withArguments((n, at) => `${word(n * 32 + at)} `.repeat(20), 32),
    'deep schemas': raw(`{"inputSchema":${'{"properties":'.repeat(200)}{}${'}'.repeat(200)}}`),
  },
  run: (tools) => {
    const index = new ToolIndex();
    for (const one of tools) index.add(one);
  },
});

/** As many tools as an index may have. */
const large = new ToolIndex();
for (let n = 0; n < 10_000; n++) {
  const { name, raw: bytes } = real[n % real.length]!;
  large.add({ name: `${name}_${n}`, original: name, claim: 'own', raw: bytes });
}
const often = new Map<string, number>();
for (const term of real.flatMap((one) => [...new Set(toolTerms(one))])) {
  often.set(term, (often.get(term) ?? 0) + 1);
}
const common = [...often].sort(([, a], [, b]) => b - a).map(([term]) => term);

worstShape({
  input: 'a query',
  from: 'a caller',
  bytes: 512,
  honest: () => 'list the open documents of a user that were changed last week',
  hostile: {
    'the most common words': () => common.slice(0, 60).join(' ').slice(0, 512),
    'the most common word': (bytes) => `${common[0]!} `.repeat(bytes).slice(0, bytes),
    'common words, one rare': () => `train ${common.slice(0, 60).join(' ')}`.slice(0, 512),
    'unknown words': (bytes) =>
      Array.from({ length: 99 }, (_, n) => word(n))
        .join(' ')
        .slice(0, bytes),
    humps: (bytes) => 'aB'.repeat(bytes / 2),
    letters: (bytes) => 'a b c d e f g h i j k l m n o p '.repeat(bytes / 32),
    Han: (bytes) => '查询订单状态'.repeat(bytes / 6),
    marks: (bytes) => '-'.repeat(bytes),
    surrogates: (bytes) => '\ud800'.repeat(bytes),
    'combining marks': (bytes) => 'a\u0301'.repeat(bytes / 2),
  },
  run: (query) => large.find(termsOf(query, 12), () => true).slice(0, 20),
});

let harness: Harness;
const one = new FakeUpstream('one', [tool('t')]);
const config = kongConfig([one], {
  views: [{ name: 'v', path: '/mcp', servers: ['one'], discovery: true }],
});
beforeAll(async () => void (harness = await startHarness([one], { config })));
afterAll(() => harness.stop());

const through = (args: string) =>
  Buffer.from(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","arguments":${args}}}`,
  );
const bodies = {
  from: 'a caller',
  bytes: 1_048_576,
  honest: (bytes: number) => through(`{"name":"one__t","arguments":{"x":${records(bytes - 200)}}}`),
  hostile: {
    ...placed(memberShapes, 'the outer arguments', (text) => through(`{"name":"one__t",${text}}`)),
    ...placed(memberShapes, 'the inner ones', (text) =>
      through(`{"name":"one__t","arguments":{${text}}}`),
    ),
    ...placed(valueShapes, 'the inner ones', (text) =>
      through(`{"name":"one__t","arguments":{"x":${text}}}`),
    ),
    ...placed(valueShapes, 'the name', (text) => through(`{"name":${text}}`)),
    ...placed(valueShapes, 'the outer arguments', (text) => through(text)),
  },
} as const;

worstShape({
  input: 'a call of call_tool at mcp-aggregate',
  ...bodies,
  run: (body: Buffer) => harness.access({ body }),
});

const headers = { 'content-type': 'application/json' };

worstShape({
  input: 'a call of call_tool at rules of mcp-oauth',
  ...bodies,
  run: (body: Buffer) =>
    askedOperations({ headers, method: 'POST', readBody: () => Promise.resolve(body) }, 2_097_152),
});
