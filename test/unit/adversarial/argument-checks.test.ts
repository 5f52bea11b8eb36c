import { expect, it } from 'vitest';
import { readMessage } from '../../../lib/json/envelope.js';
import { namesOnce } from '../../../lib/json/names-once.js';
import {
  readArgumentLog,
  readLoggedArguments,
} from '../../../plugins/mcp-aggregate/config/tools/argument-log.js';
import { readArgumentRules } from '../../../plugins/mcp-aggregate/config/tools/argument-rules.js';
import { readOwnArguments } from '../../../plugins/mcp-aggregate/config/tools/own-arguments.js';
import { setArguments } from '../../../plugins/mcp-aggregate/core/calls/set-arguments.js';
import { readAnswer } from '../../../plugins/mcp-aggregate/core/guards/read-answer.js';
import { replaceTexts } from '../../../plugins/mcp-aggregate/core/guards/replace-texts.js';
import { kongConfig } from '../../support/aggregate/harness.js';
import {
  memberShapes,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const call = (given: string, name = 's__search') =>
  Buffer.from(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":${given}}}`,
  );
const read = (bytes: Buffer) => {
  const { kind, ...rest } = readMessage(bytes);
  return kind === 'single' && 'message' in rest ? [rest.message] : [];
};

const rule = (more: object) => ({ names: ['s__*'], effect: 'require', optional: true, ...more });
const rules = readArgumentRules(
  kongConfig([], {
    argument_rules: [
      rule({ argument: '/owner', matches: '(?:acme|[a-z]+-labs|(?:team-)+\\w*)' }),
      ...Array.from({ length: 20 }, (_, n) =>
        rule({ argument: `/more/a${n}`, matches: '(?:[a-z]+_?)+\\d*' }),
      ),
      rule({ argument: '/repo/name', one_of: ['site', 'shop'] }),
      rule({ argument: '/user', claim: 'sub' }),
      rule({ argument: '/tags', one_of: ['a', 'b', 'c'], effect: 'deny', optional: false }),
    ],
  }),
);
const claims = { sub: 'ann' };
const honestCall = (bytes: number) =>
  call(
    `{"owner":"acme","repo":{"name":"shop"},"user":"ann","tags":["x","y"],"body":${records(bytes - 300)}}`,
  );
const one = (name: string, value: string) => call(`{"${name}":${value}}`);
const text = (bytes: number, piece: string) =>
  `"${piece.repeat(Math.floor(bytes / piece.length))}"`;
const [callHead = '', callTail = ''] = call('|').toString().split('|');
const nest = (levels: number, before: string, inner: string, after: string) =>
  before.repeat(levels) + inner + after.repeat(levels);

worstShape({
  input: 'arguments that rules look at',
  from: 'a caller',
  bytes: 262_144,
  honest: honestCall,
  hostile: {
    ...placed(memberShapes, 'arguments', (more) => call(`{${more}}`)),
    ...placed(memberShapes, 'an argument', (more) => one('repo', `{${more}}`)),
    ...placed(valueShapes, 'an argument', (more) => one('tags', more)),
    ...placed(valueShapes, 'a matched argument', (more) => one('owner', more)),
    'a long matched text': () => one('owner', text(8_100, 'team-')),
    'a long matched text that nearly matches': () => one('owner', `"${'team-'.repeat(1_600)}!"`),
    'many long matched texts': (bytes) =>
      call(
        `{"owner":${text(8_100, 'team-')},"more":{${Array.from({ length: 20 }, (_, n) => `"a${n}":${text(Math.min(8_100, bytes / 22), 'ab_')}`).join(',')}}}`,
      ),
    'a list of matched texts': () =>
      one('owner', `[${Array.from({ length: 250 }, () => '"team-team-team-team-te"').join(',')}]`),
    'a list of small texts': () =>
      one('tags', `[${Array.from({ length: 256 }, () => '"x"').join(',')}]`),
    'a list of long texts': () =>
      one('tags', `[${Array.from({ length: 256 }, () => text(240, 'x')).join(',')}]`),
    'a list of numbers': () =>
      one('tags', `[${Array.from({ length: 256 }, () => `1${'0'.repeat(200)}e-200`).join(',')}]`),
    'escaped names': (bytes) =>
      call(
        `{${Array.from({ length: 900 }, (_, n) => `"${'\\u0061'.repeat(40)}${n}":0`)
          .join(',')
          .slice(0, bytes)}}`,
      ),
    'deep arguments': (bytes) => one('x', nest(400, '{"owner":', text(bytes - 8_000, 'x'), '}')),
  },
  run: (bytes) => rules.check(read(bytes), bytes, claims),
});

it('the calls above are decided by the rules, not refused before', () => {
  const checked = (bytes: Buffer) => () => rules.check(read(bytes), bytes, claims);
  expect(checked(honestCall(10_000))).not.toThrow();
  expect(checked(one('tags', '["b"]'))).toThrow('a rule of this endpoint');
});

const argumentShapes: Readonly<Record<string, (bytes: number) => Buffer>> = {
  ...placed(memberShapes, 'arguments', (more) => call(`{${more}}`)),
  ...placed(memberShapes, 'an argument', (more) => one('repo', `{${more}}`)),
  ...placed(valueShapes, 'an argument', (more) => one('repo', more)),
  ...placed(valueShapes, 'another argument', (more) => one('x', more)),
  'texts of escapes': (bytes) => one('repo', text(bytes - 200, '\\u0001')),
  'texts that nobody sees': (bytes) => one('repo', text(bytes - 200, '\u200b')),
  'texts of many arguments': (bytes) =>
    call(
      `{${Array.from({ length: 900 }, (_, n) => `"a${n}":${text(bytes / 1_000, 'ü')}`).join(',')}}`,
    ),
};

const pointers = ['/repo', '/owner', ...Array.from({ length: 30 }, (_, n) => `/a${n}`)];
const logged = readLoggedArguments('f', {
  log_arguments: pointers,
  redact_arguments: ['/repo/token', '/repo/a/b', '/a1'],
});
const argumentLog = readArgumentLog([
  { name: 's', prefix: 's__', overrides: new Map([['search', { rename: undefined, logged }]]) },
]);

worstShape({
  input: 'arguments that are logged',
  from: 'a caller',
  bytes: 262_144,
  honest: honestCall,
  hostile: argumentShapes,
  run: (bytes) => argumentLog.of(read(bytes), bytes),
});

const own = readOwnArguments('f', {
  fixed_arguments: { region: '"eu"', limit: '10' },
  hidden_arguments: ['debug'],
})!;

worstShape({
  input: 'arguments beside those of the gateway',
  from: 'a caller',
  bytes: 262_144,
  honest: honestCall,
  hostile: argumentShapes,
  run: (bytes) => {
    const [message] = read(bytes);
    if (message?.kind !== 'request') return undefined;
    return setArguments(own, { message: bytes, params: message.params! });
  },
});

/** What is asked about, and the paths that the guard replaces. */
interface Guarded {
  readonly given: Buffer;
  readonly paths: readonly (readonly string[])[];
}

const mail = '"ann@example.com"';
const mails = (count: number, room: number) =>
  Array.from({ length: count }, () => `{"mail":${mail},"x":${text(room / count - 60, 'x')}}`).join(
    ',',
  );
const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));
const inList = (given: string, count: number, before: readonly string[] = []): Guarded => ({
  given: Buffer.from(given),
  paths: numbers(count).map((n) => [...before, n, 'mail']),
});
const below = (levels: number, key: string) => Array.from({ length: levels }, () => key);

worstShape({
  input: 'arguments that a guard looks at, and replaces',
  from: 'a caller',
  bytes: 262_144,
  honest: (bytes) => inList(`[${mails(20, bytes / 10)},${records(bytes * 0.88)}]`, 20),
  hostile: {
    ...placed(memberShapes, 'arguments', (more) => ({
      given: Buffer.from(`{"mail":${mail},${more}}`),
      paths: [['mail']],
    })),
    ...placed(valueShapes, 'an argument', (more) => ({
      given: Buffer.from(`{"x":${more},"mail":${mail}}`),
      paths: [['mail']],
    })),
    'as many as there may be': (bytes) => inList(`[${mails(256, bytes - 1_000)}]`, 256),
    'as many as there may be, deep down': (bytes) =>
      inList(nest(400, '[', `[${mails(256, bytes - 2_000)}]`, ']'), 256, below(400, '0')),
    'a text far below others': (bytes) => ({
      given: Buffer.from(nest(400, '{"a":', `{"mail":${mail},"x":${records(bytes - 5_000)}}`, '}')),
      paths: [[...below(400, 'a'), 'mail']],
    }),
    'a text far below small ones': (bytes) => ({
      given: Buffer.from(nest(400, '[', `${mail}${',0'.repeat((bytes - 1_000) / 2)}`, ']')),
      paths: [[...below(401, '0')]],
    }),
    'a text of many that is not there': (bytes) => inList(`[${mails(255, bytes - 1_000)}]`, 256),
    'a text behind many members': (bytes) => ({
      given: Buffer.from(
        `{${Array.from({ length: 9_000 }, (_, n) => `"k${n}":${text(bytes / 9_000 - 12, '\\n')}`).join(',')},"mail":${mail}}`,
      ),
      paths: [['mail']],
    }),
  },
  run: ({ given, paths }) => {
    readMessage(Buffer.concat([Buffer.from(callHead), given, Buffer.from(callTail)]));
    if (!namesOnce(given, 10_000)) return undefined;
    return replaceTexts(
      'request',
      given,
      paths.map((path) => ({ path, text: '…' })),
    );
  },
});

const replacement = (n: number) =>
  `{"path":"/content/${n}/text","text":"removed, since it was private"}`;
const answerOf = (more: string) => `{"action":"replace","replacements":[${more}]}`;
const room = (bytes: number) => bytes - 200;

worstShape({
  input: 'an answer of a guard',
  from: 'a server',
  bytes: 262_144,
  // Services say more of what they found than is read here.
  honest: (bytes) =>
    `{"action":"replace","replacements":[${numbers(200)
      .map((_, n) => replacement(n))
      .join(',')}],"findings":${records(bytes - 16_000)}}`,
  hostile: {
    ...placed(memberShapes, 'an answer', (more) => `{"action":"allow",${more}}`),
    ...placed(valueShapes, 'an answer', (more) => `{"action":"allow","x":${more}}`),
    ...placed(memberShapes, 'a replacement', (more) => answerOf(`{"index":0,"text":"",${more}}`)),
    'a path of slashes': (bytes) => answerOf(`{"path":"${'/'.repeat(room(bytes))}","text":""}`),
    'a path of escapes': (bytes) =>
      answerOf(`{"path":"/${'~0'.repeat(room(bytes) / 2)}","text":""}`),
    'a path of escapes that is none': (bytes) =>
      answerOf(`{"path":"/${'~1'.repeat(room(bytes) / 2)}~","text":""}`),
    'paths of many names': (bytes) =>
      answerOf(
        Array.from(
          { length: 200 },
          () => `{"path":"${'/'.repeat(room(bytes) / 200 - 25)}","text":""}`,
        ).join(','),
      ),
    'a text of escapes': (bytes) =>
      answerOf(`{"index":0,"text":"${'\\u0041'.repeat(room(bytes) / 6)}"}`),
    'a reason of what nobody sees': (bytes) =>
      `{"action":"deny","reason":"${'\u200b'.repeat(room(bytes) / 3)}"}`,
    'more than it may be': (bytes) =>
      answerOf(Array.from({ length: room(bytes) / 60 }, (_, n) => replacement(n)).join(',')),
  },
  run: readAnswer,
});
