import { readableJson } from '../../../lib/json/canonical.js';
import { lintItem } from '../../../lib/lint/lint-item.js';
import { fingerprint } from '../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { identifyItem } from '../../../plugins/mcp-aggregate/core/items/identify-item.js';
import { memberShapes, placed, valueShapes } from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const property = (n: number) =>
  `"argument_${n}":{"type":"string","description":"Title of the issue number ${n}, as people read it.","maxLength":${n % 256},"examples":["Build fails"]}`;
const listed = (bytes: number, one: (n: number) => string) => {
  const count = Math.max(1, Math.floor(bytes / (Buffer.byteLength(one(10_000)) + 1)));
  return Array.from({ length: count }, (_, n) => one(n)).join(',');
};
const tool = (more: string) =>
  Buffer.from(`{"name":"create_issue"${more === '' ? '' : ','}${more}}`);
const inSchema = (properties: string) =>
  tool(`"inputSchema":{"type":"object","properties":{${properties}}}`);
const inItem = (value: string) => tool(`"x":${value}`);
const text = (bytes: number, piece: string) =>
  `"${piece.repeat(Math.floor((bytes - 200) / Buffer.byteLength(piece)))}"`;
const values = (bytes: number, one: (n: number) => string) => `[${listed(bytes - 200, one)}]`;
const room = (bytes: number) => bytes - 200;
const around = (levels: number, before: string, inner: string, after: string) =>
  before.repeat(levels) + inner + after.repeat(levels);

/** What an item is taken for and compared by, or shown as: if it can be read at all. */
const ofItem = (run: (raw: Buffer) => unknown) => (raw: Buffer) => {
  if ('reason' in identifyItem('tool', raw)) return undefined;
  return run(raw);
};

const letters = (n: number) => n.toString(36).padStart(4, '0');
const itemShapes: Readonly<Record<string, (bytes: number) => Buffer>> = {
  ...placed(memberShapes, 'an item', tool),
  ...placed(memberShapes, 'properties', inSchema),
  ...placed(valueShapes, 'an item', inItem),
  'keys in falling order': (bytes) =>
    inSchema(listed(room(bytes), (n) => `"${letters(1_000_000 - n)}":0`)),
  'keys in no order': (bytes) =>
    inSchema(listed(room(bytes), (n) => `"${letters((n * 7_919) % 1_000_003)}":0`)),
  'keys that begin alike, in no order': (bytes) =>
    inSchema(
      listed(room(bytes), (n) => `"${'k'.repeat(400)}${letters((n * 7_919) % 1_000_003)}":0`),
    ),
  'keys that grow in another case': (bytes) =>
    inSchema(listed(room(bytes), (n) => `"${'ΐ'.repeat(8)}${letters((n * 7_919) % 1_000_003)}":0`)),
  'keys of one name but for case': (bytes) =>
    inSchema(listed(room(bytes), (n) => (n % 2 === 0 ? '"aB":0' : '"Ab":0'))),
  'small objects of keys in falling order': (bytes) =>
    inItem(values(bytes, () => '{"c":0,"b":0,"a":0}')),
  'a long text deep down': (bytes) => inItem(around(50, '[', text(bytes - 200, 'x'), ']')),
  'a long text deep down, with neighbours': (bytes) =>
    inItem(around(50, '[0,', text(bytes - 400, 'x'), ',0]')),
  'a wide text deep down, with neighbours': (bytes) =>
    inItem(around(50, '{"a":0,"b":', text(bytes - 800, 'ü'), ',"c":"ü"}')),
  'many values deep down, with neighbours': (bytes) =>
    inItem(
      around(
        50,
        '[0,',
        values(bytes - 600, () => '1'),
        ',0]',
      ),
    ),
  'many nests of fifty': (bytes) => inItem(values(bytes, () => around(50, '[', '0', ']'))),
  'many nests of objects': (bytes) => inItem(values(bytes, () => around(50, '{"":', '0', '}'))),
  'numbers of many digits': (bytes) => inItem(values(bytes, () => '1'.repeat(1_000))),
  'a number of all digits': (bytes) => inItem('1'.repeat(room(bytes))),
  'a number of all zeros': (bytes) => inItem(`1${'0'.repeat(room(bytes))}`),
  'a fraction of all zeros': (bytes) => inItem(`0.${'0'.repeat(room(bytes))}1`),
  'a long exponent': (bytes) => inItem(`1e${'0'.repeat(room(bytes))}`),
  'numbers with exponents': (bytes) => inItem(values(bytes, () => '1e5')),
  'numbers with all parts': (bytes) => inItem(values(bytes, () => '-10.010E+010')),
  'numbers of two digits': (bytes) => inItem(values(bytes, () => '10')),
  'minus zeros': (bytes) => inItem(values(bytes, () => '-0')),
  literals: (bytes) => inItem(values(bytes, () => 'true')),
  'texts of one letter': (bytes) => inItem(values(bytes, () => '"a"')),
  'texts of one wide letter': (bytes) => inItem(values(bytes, () => '"ü"')),
  'texts of one emoji': (bytes) => inItem(values(bytes, () => '"😀"')),
  'texts of one escape': (bytes) => inItem(values(bytes, () => '"\\n"')),
  'texts of one escaped letter': (bytes) => inItem(values(bytes, () => '"\\u0061"')),
  'line feeds': (bytes) => inItem(text(bytes, '\\n')),
  'escaped controls': (bytes) => inItem(text(bytes, '\\u0001')),
  'lone surrogates': (bytes) => inItem(text(bytes, '\\ud800')),
  'escaped pairs': (bytes) => inItem(text(bytes, '\\ud83d\\ude00')),
  'a wide text': (bytes) => inItem(text(bytes, 'ü')),
  'a text of Han': (bytes) => inItem(text(bytes, '漢')),
  'a text of emoji': (bytes) => inItem(text(bytes, '😀')),
  'a text of letters nobody sees': (bytes) => inItem(text(bytes, '\u200b')),
  'a text of tags': (bytes) => inItem(text(bytes, '\u{e0041}')),
};

worstShape({
  input: 'the canonical form of a definition',
  from: 'a server',
  bytes: 262_144,
  honest: (bytes) => inSchema(listed(bytes - 200, property)),
  hostile: itemShapes,
  run: ofItem(fingerprint),
});

worstShape({
  input: 'the readable form of a definition',
  from: 'a server',
  bytes: 262_144,
  honest: (bytes) => inSchema(listed(bytes - 200, property)),
  hostile: itemShapes,
  run: ofItem((raw) => Buffer.byteLength(readableJson(raw, '      '))),
});

const others = new Set(Array.from({ length: 2_000 }, (_, n) => `mail__send_${n}`));
const otherPrefixes = Array.from({ length: 50 }, (_, n) => `server${n}__`);
const said = (piece: string) => (bytes: number) => inItem(text(bytes, piece));

worstShape({
  input: 'the words of a definition',
  from: 'a server',
  bytes: 65_536,
  honest: (bytes) => inSchema(listed(bytes - 200, property)),
  hostile: {
    ...itemShapes,
    'one text of honest words': said('Creates the issue, and answers with its number. '),
    ignoring: said('ignore '),
    'ignoring all': said('ignore all '),
    'telling nobody': said('never tell '),
    'telling nobody at all': said('never tell tell tell tell tell '),
    'not the user': said("don't show the use "),
    'keeping all': said('keep from the use '),
    'before any use': said('before using too '),
    'always calling': said('always call '),
    'must call': said('must call must use '),
    'in place of': said('instead of too '),
    'use this tool': said('use this tool '),
    'open marks': said('<'),
    'marks of comments': said('<!-'),
    'marks of systems': said('<system '),
    'marks of the important': said('</important x'),
    'other marks': said('<|system'),
    brackets: said('['),
    homes: said('~/.'),
    'secret files': said('~/.ss'),
    environments: said('/.en'),
    'environments of others': said('`.env.'),
    flags: said('\u{1f3f4}'),
    'flags without end': said('\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}'),
    joiners: said('\u0627\u200c'),
    'joiners of emoji': said('😀\u200d'),
    'soft hyphens': said('a\u00ad'),
    'selectors of emoji': said('😀\ufe0f'),
    'selectors of Han': said('漢\u{e0100}'),
    'letters of no width': said('a\u2062'),
    'wide letters': said('\uff41'),
    'curly quotes': said('\u2019'),
    spaces: said(' '),
    'spaces apart': said(' a'),
    'wide spaces': said('\u3000\u00a0'),
    'spaces that are escaped': said('\\n\\t'),
    'letters that grow': said('İ'),
    'runs that may be encoded': said(`${'a'.repeat(255)} `),
    'digits of other scripts': said('٣'),
    'names of others': said('mail__send_ '),
    'names of dots': said(`a${'-'.repeat(126)}a `),
    'names of many dots': said('.-'),
    'names of four': said('abcd '),
    'names like prefixes': said('server4_ '),
    'names that are nearly prefixes': said('server49__ '),
    'texts of four letters': (bytes) => inItem(values(bytes, () => '"abcd"')),
    'texts of a wide letter': (bytes) => inItem(values(bytes, () => '"é"')),
    'texts of a letter nobody sees': (bytes) => inItem(values(bytes, () => '"\\u200b"')),
  },
  run: ofItem((raw) => lintItem(raw, { others, otherPrefixes })),
});
